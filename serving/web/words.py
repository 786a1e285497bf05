"""The words of the dashboard: English stands in the templates, German here. A test checks that none is missing."""

GERMAN = {
    "Overview": "Übersicht", "Catalogue": "Katalog", "Buyers": "Käufer", "Stock": "Bestand", "Models": "Modelle",
    "Alerts": "Warnungen", "Decisions": "Entscheidungen", "Recommendations": "Empfehlungen", "Prices": "Preise",
    "Reviews": "Rezensionen", "Account": "Konto", "Administration": "Verwaltung", "Log out": "Abmelden",
    "Skip to content": "Zum Inhalt", "Main": "Hauptmenü", "Search": "Suche", "Log in": "Anmelden", "Name": "Name",
    "Password": "Passwort", "Code of your authenticator app": "Code Ihrer Authenticator-App",
    "Name, password or code is wrong.": "Name, Passwort oder Code ist falsch.",
    "Enter the code of your authenticator app.": "Geben Sie den Code Ihrer Authenticator-App ein.",
    "Too many attempts. Try again in a quarter of an hour.": "Zu viele Versuche. Bitte in einer Viertelstunde erneut.",
    "Make your account": "Konto anlegen", "At least 12 characters.": "Mindestens 12 Zeichen.",
    "Sign in with your organisation": "Mit Ihrer Organisation anmelden",
    "Your organisation refused the sign-in.": "Ihre Organisation hat die Anmeldung abgelehnt.",
    "This sign-in has ended or began in another browser. Try again.":
        "Diese Anmeldung ist abgelaufen oder begann in einem anderen Browser. Bitte erneut versuchen.",
    "Your organisation gives you no role in Lacquer.": "Ihre Organisation gibt Ihnen keine Rolle in Lacquer.",
    "Your account is not active.": "Ihr Konto ist nicht aktiv.",
    "The sign-in server of your organisation cannot be reached or gave an invalid answer.":
        "Der Anmeldeserver Ihrer Organisation ist nicht erreichbar oder antwortete ungültig.",
    "Published": "Veröffentlicht", "Sales up to": "Verkäufe bis", "Forecast from": "Prognose vom",
    "New data has been published.": "Neue Daten sind veröffentlicht.", "Show it": "Anzeigen",
    "Last seven days": "Letzte sieben Tage", "on the week before": "zur Vorwoche", "on the year before": "zum Vorjahr",
    "Net revenue": "Nettoumsatz", "Net units": "Netto-Stück", "Orders": "Bestellungen", "Returned": "Retouren",
    "Revenue per week": "Umsatz pro Woche", "this year": "dieses Jahr", "the year before": "das Jahr davor",
    "To order first": "Zuerst bestellen", "Rising forecasts": "Steigende Prognosen", "Release": "Veröffentlichung",
    "Title": "Titel", "Artist": "Künstler", "Label": "Label", "Genre": "Genre", "Format": "Format",
    "Released": "Erschienen", "Sold, 30 days": "Verkauft, 30 Tage", "Forecast, 30 days": "Prognose, 30 Tage",
    "Available": "Verfügbar", "Cover, days": "Reichweite, Tage", "Risk": "Risiko", "Order": "Bestellen",
    "Runs out": "Reicht nicht", "Before": "Zuvor", "Now": "Jetzt", "Change": "Änderung", "Why": "Warum",
    "All": "Alle", "Sort by": "Sortieren nach", "Largest forecast": "Größte Prognose", "Newest": "Neueste",
    "Nothing found.": "Nichts gefunden.", "More": "Mehr",
    "Title, artist, label or number": "Titel, Künstler, Label oder Nummer",
    "Forecast": "Prognose", "Why this forecast": "Gründe der Prognose", "Days": "Tage", "Units": "Stück",
    "Low (P10)": "Niedrig (P10)", "Middle (P50)": "Mitte (P50)", "High (P90)": "Hoch (P90)", "Revenue": "Umsatz",
    "Model": "Modell", "Sales per month": "Verkäufe pro Monat", "Who bought it": "Wer es kaufte", "Buyer": "Käufer",
    "Kind": "Art", "Country": "Land", "Last order": "Letzte Bestellung", "Segment": "Segment", "RFM": "RFM",
    "Your own figure": "Ihre eigene Zahl", "stands beside the forecast until": "steht neben der Prognose bis",
    "Put it beside the forecast": "Neben die Prognose stellen", "Until (last origin)": "Bis (letzter Stichtag)",
    "What really sold": "Was wirklich verkauft wurde", "Report it": "Melden", "Reason": "Grund",
    "First day after": "Stichtag", "On hand": "Auf Lager", "Reserved": "Reserviert", "Incoming": "Unterwegs",
    "Per day": "Pro Tag", "List price": "Listenpreis", "Current prices": "Aktuelle Preise", "Valid from": "Gültig ab",
    "Price": "Preis", "No forecast at the newest origin.": "Keine Prognose zum neuesten Stichtag.",
    "No stock is kept of it.": "Es wird kein Bestand geführt.", "Offer list": "Angebotsliste", "Score": "Bewertung",
    "Which models serve": "Welche Modelle prognostizieren", "Releases": "Veröffentlichungen", "Made": "Erstellt",
    "How good they were": "Wie gut sie waren", "Error (WAPE)": "Fehler (WAPE)", "Bias": "Verzerrung",
    "Skill": "Gewinn", "P90 held": "P90 hielt", "Serves": "Im Einsatz", "Target": "Ziel",
    "Skill is the share of the loss that a model saves against the mean of the last 28 days.":
        "Gewinn ist der Anteil des Verlusts, den ein Modell gegenüber dem Mittel der letzten 28 Tage einspart.",
    "Language": "Sprache", "Save": "Speichern", "New password": "Neues Passwort", "Change password": "Passwort ändern",
    "Two-factor login": "Zwei-Faktor-Anmeldung", "Switch it on": "Einschalten", "Switch it off": "Ausschalten",
    "Enter this secret in your authenticator app, then its code:":
        "Geben Sie dieses Geheimnis in Ihre Authenticator-App ein, dann ihren Code:",
    "It is on.": "Sie ist eingeschaltet.", "Role": "Rolle", "Labels": "Labels", "Saved.": "Gespeichert.",
    "Users": "Benutzer", "Invite": "Einladen", "Labels (empty: all)": "Labels (leer: alle)", "Active": "Aktiv",
    "Give this link to the person; it works once, for three days:":
        "Geben Sie diesen Link weiter; er gilt einmal, drei Tage lang:",
    "API keys": "API-Schlüssel", "Make a key": "Schlüssel anlegen", "Permissions": "Rechte", "Revoke": "Widerrufen",
    "This key is shown once:": "Dieser Schlüssel wird nur einmal gezeigt:", "Audit log": "Protokoll", "When": "Wann",
    "Who": "Wer", "What": "Was", "Detail": "Einzelheit", "Deactivate": "Deaktivieren", "Activate": "Aktivieren",
    "Download": "Herunterladen", "Exports": "Exporte", "Table": "Tabelle", "Columns": "Spalten",
    "Weekly sales report (PDF)": "Wöchentlicher Verkaufsbericht (PDF)", "Metrics": "Kennzahlen",
    "Description": "Beschreibung", "Dimensions": "Dimensionen", "Not found": "Nicht gefunden",
    "Not allowed": "Nicht erlaubt", "Something went wrong": "Etwas ist schiefgegangen",
    "Back to the overview": "Zur Übersicht",
    "You see the rows of these labels:": "Sie sehen die Zeilen dieser Labels:", "Priority": "Priorität",
    "Landed; the next run ingests it.": "Angenommen; der nächste Lauf übernimmt es.", "Yes": "Ja",
    "What to do": "Was tun", "Acknowledge": "Zur Kenntnis", "Resolve": "Erledigt",
    "of": "von", "on": "am", "chance": "Chance", "today": "heute", "Value": "Wert", "Show": "Zeigen",
    "At stake": "Auf dem Spiel", "Since": "Seit", "Costs": "Kosten", "Advertising": "Werbung",
    "Profit, low": "Gewinn, niedrig", "Profit, expected": "Gewinn, erwartet", "Profit, high": "Gewinn, hoch",
    "Price today": "Preis heute", "Units today": "Stück heute", "Revenue gained": "Mehr Umsatz",
    "Margin gained": "Mehr Marge", "No price because": "Kein Preis, weil", "State": "Stand", "Rank": "Rang",
    "What happened": "Was geschah", "Strategy": "Strategie", "Currency": "Währung", "Snooze": "Zurückstellen",
    "Until": "Bis", "Action": "Handlung", "Act": "Handeln",
    "A backtest has not run yet.": "Ein Rücktest ist noch nicht gelaufen.",
    "Growth": "Wachstum", "Listings": "Listung", "Estimator": "Schätzer", "Confidence": "Sicherheit",
    "Money": "Geld", "Impact": "Wirkung", "Field": "Feld",
    "Choose": "Auswählen", "Apply chosen prices": "Ausgewählte Preise anwenden",
    "Choose prices, say why, and apply them. The ERP reads the file of applied prices.":
        "Wählen Sie Preise, nennen Sie den Grund und wenden Sie sie an. Das ERP liest die Datei angewendeter Preise.",
    "Applied prices for the ERP (CSV)": "Angewendete Preise für das ERP (CSV)",
    "Audio": "Audio", "Track": "Titel", "Tempo, BPM": "Tempo, BPM", "Key": "Tonart", "Sections": "Abschnitte",
    "Loudness, LUFS": "Lautheit, LUFS", "Listen": "Anhören",
    "Jobs": "Aufträge", "Start": "Starten", "Ended": "Beendet", "Running": "Läuft", "Done": "Fertig",
    "Failed": "Fehlgeschlagen", "Output": "Ausgabe", "Hear what is new in the audio inbox": "Neue Aufnahmen anhören",
    "Run: take up what is new, forecast, publish": "Lauf: Neues übernehmen, prognostizieren, veröffentlichen",
    "Run, and measure the models first": "Lauf, davor Modelle messen",
    "Write the forecast's page": "Prognoseseite schreiben",
    "The forecast's page as one file": "Die Prognoseseite als eine Datei",
    "Generated": "Erzeugt", "Generated stems and texts": "Erzeugte Stems und Texte", "Draft": "Entwurf",
    "Requests": "Anfragen", "Decision": "Entscheidung", "Approve": "Freigeben", "Reject": "Ablehnen",
    "Not verified; this blocks the approval": "Nicht belegt; das verhindert die Freigabe",
    "waveform with beats and chords": "Wellenform mit Schlägen und Akkorden",
    "draft": "Entwurf", "approved": "freigegeben", "rejected": "abgelehnt", "published": "veröffentlicht",
    "pending": "wartet", "planning": "wird geplant", "generating": "wird erzeugt", "completed": "fertig",
    "failed": "fehlgeschlagen", "Beats found (F)": "Schläge gefunden (F)", "Roots held": "Grundtöne gehalten",
    "Chords held": "Akkorde gehalten", "Notes in key": "Töne in der Tonart", "Tuning, cents": "Stimmung, Cent",
    "True peak, dBTP": "Spitzenpegel, dBTP",
    "Group by": "Gruppieren nach", "none": "ohne", "Month": "Monat",
}  # fmt: skip

# Headings of published columns; a column that is not here is its name without underscores.
HEADINGS = {
    "release_id": "Release", "buyer_id": "Buyer", "artist_name": "Artist", "next_step": "What to do",
    "stake": "At stake", "opened_on": "Since", "order_units": "Order", "order_cost": "Costs",
    "advertising_budget": "Advertising", "profit_low": "Profit, low", "profit_expected": "Profit, expected",
    "profit_high": "Profit, high", "current_price": "Price today", "price": "Price", "units_now": "Units today",
    "units": "Units", "revenue_gain": "Revenue gained", "margin_gain": "Margin gained", "conflict": "No price because",
    "state": "State", "priority": "Priority", "message": "What happened", "rank": "Rank", "kind": "Kind",
    "risk": "Risk", "reason": "Reason", "score": "Score", "strategy": "Strategy", "currency": "Currency",
    "beat_f": "Beats found (F)", "root": "Roots held", "chord": "Chords held", "in_key": "Notes in key",
    "tuning_cents": "Tuning, cents", "integrated_lufs": "Loudness, LUFS", "true_peak_dbtp": "True peak, dBTP",
}  # fmt: skip


def heading(column: str, language: str) -> str:
    """The heading of a column."""
    return translate(HEADINGS.get(column, column.replace("_", " ").capitalize()), language)


def translate(words: str, language: str) -> str:
    """The words in a language; English where German has none."""
    return GERMAN.get(words, words) if language == "de" else words
