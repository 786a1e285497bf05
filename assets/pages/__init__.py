"""The forecast report as a page: the figures it shows, read with SQL, and the asset that writes it."""
