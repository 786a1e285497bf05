"""Generated stems: plans made by rules from the analysis of a track."""
