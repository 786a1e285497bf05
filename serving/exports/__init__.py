"""Files to take away: published tables as CSV, Excel or Parquet, and reports as PDF.

`tables` writes any table that a reader shows, so a file holds exactly the rows of its reader's scope; `cells` makes
texts harmless to spreadsheets; `templates` lists the reports, `sheets` draws those that consist of tables. Nothing
here knows HTTP.
"""
