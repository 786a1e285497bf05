"""HTTP to other people's servers, politely: what every source and the PIM's interface call through.

`caller` sends requests and decides what is tried again; `hosts` is what the process remembers of each host (when its
next turn is, whether it is left alone); `policy` holds the limits; `errors` say what was tried. What an answer means
is the caller's business. Nothing here reads a page or a document.
"""
