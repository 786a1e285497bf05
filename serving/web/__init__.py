"""The dashboard: pages rendered on the server (Jinja2), made live by htmx, with drawings of our own as SVG.

`app` joins it to the API's application; `pages` renders; `words` has the languages, `formats` their numbers and dates;
`charts` draws; one module per subject lies in `routes/`, its templates in `templates/`. Pages read `serving/queries`
and change things by the same functions as the API. The one script of our own
compares sounds (`static/audition.js`); nothing comes from elsewhere.
"""
