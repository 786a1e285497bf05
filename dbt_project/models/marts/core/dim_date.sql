with days as (
    select cast(unnest(range(date '2000-01-01', date '2050-01-01', interval 1 day)) as date) as date_day
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
    extract(isodow from date_day) >= 6 as is_weekend
from days
