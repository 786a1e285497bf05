-- Run once by the postgres image: Dagster's storage stands beside the operational database.
create database dagster;
