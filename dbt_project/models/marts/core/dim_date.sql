with days as (
    select cast(unnest(range(date '2000-01-01', date '2050-01-01', interval 1 day)) as date) as date_day
),

-- Months since the fiscal year began, from 0; days since the business week began, from 0.
counted as (
    select
        date_day,
        (extract(month from date_day) + 12 - {{ fiscal_calendar('first_month') }}) % 12 as fiscal_months,
        (extract(isodow from date_day) + 7 - {{ fiscal_calendar('first_weekday') }}) % 7 as week_days
    from days
),

fiscal as (
    select
        *,
        cast(date_trunc('month', date_day) - to_months(cast(fiscal_months as integer)) as date) as fiscal_year_start
    from counted
)

select
    date_day,
    cast(extract(year from date_day) as integer) as year_number,
    cast(extract(quarter from date_day) as integer) as quarter_number,
    cast(extract(month from date_day) as integer) as month_number,
    cast(date_trunc('month', date_day) as date) as month_start,
    cast(extract(isoyear from date_day) as integer) as iso_year,
    cast(extract(week from date_day) as integer) as iso_week,
    cast(extract(isodow from date_day) as integer) as iso_weekday,
    dayname(date_day) as weekday_name,
    extract(isodow from date_day) >= 6 as is_weekend,
    cast(date_day - cast(week_days as integer) as date) as week_start,
    cast(extract(year from fiscal_year_start + interval 11 months) as integer) as fiscal_year,
    cast(fiscal_months // 3 + 1 as integer) as fiscal_quarter,
    cast(fiscal_months + 1 as integer) as fiscal_period,
    fiscal_year_start
from fiscal
