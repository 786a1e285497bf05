"""Pictures of a release for shops and channels: a background, title and artist on it, and how legible they are.

`formats` has the sizes and safe areas of the channels, `palettes` the colours of genres, `backgrounds` draws by rules
without any model, `lettering` sets the words, `legibility` measures the finished picture. Not here: servers, files, and
who approves. To add a format, add a row to `formats`.
"""
