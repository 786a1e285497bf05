"""Spark beside DuckDB: sessions over the lake's tables, silver's SQL in Spark's dialect, whether both agree."""
