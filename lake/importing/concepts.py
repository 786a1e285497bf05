"""What columns are called in exports: words in English, German and French, and the field names of known systems.

A concept is a meaning that a column may have. Its words are compared without case, accents and punctuation.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

# Concept -> names, the most telling first; separated by |.
WORDS: dict[str, str] = {
    "order_id": "order number|order no|order id|order num|order nr|order|invoice number|invoice no|invoice|"
    "belegnummer|beleg nr|belegnr|beleg|auftragsnummer|auftragsnr|auftrag nr|auftrag|rechnungsnummer|"
    "rechnungsnr|rechnung nr|rechnung|bestellnummer|bestellnr|bestell nr|bestellung|vorgang|verkaufsbeleg|"
    "vbeln|sales document|document number|numero de commande|numero commande|n de commande|n commande|"
    "no commande|num commande|commande|numero de facture|numero facture|n facture|no facture|facture|"
    "ref commande|order name|sales order|so number|transaction id|document no|document|"
    "rma|rma no|rma number|return number|return no|credit note|credit note number|gutschrift nr|gutschriftsnummer|"
    "retourennummer|numero d avoir|avoir|receipt|receipt no|bon nr|bonnummer",
    "line_no": "line no|line number|line|line item|item number in order|position|pos|pos nr|posnr|zeile|zeilennummer|"
    "ligne|numero de ligne|n ligne|item #|order line",
    "ordered_at": "order date|ordered at|date ordered|created at|invoice date|auftragsdatum|belegdatum|bestelldatum|"
    "rechnungsdatum|verkaufsdatum|buchungsdatum|auftrag datum|audat|erdat|fkdat|date de commande|"
    "date commande|date de facture|date facture|date de vente|sales date|sale date|transaction date|date|"
    "datum|day|tag|start of period|period start|start date|reporting period|order created|date created|"
    "posting date|document date|paid at|"
    "datum uhrzeit|date time|datetime|timestamp|zeitstempel|return date|retourendatum|gutschriftsdatum|"
    "credit date|date d avoir|verkauft am|sold on|sold at|date heure",
    "buyer_id": "customer number|customer no|customer id|customer code|customer nr|customer #|cust no|cust id|"
    "kundennummer|kundennr|kunden nr|kunde nr|kd nr|kdnr|debitor|debitorennummer|debitornr|kunnr|sold to|"
    "sold to party|buyer id|buyer no|account number|account no|account id|account|code client|"
    "numero client|n client|no client|client id|id client|num client|retailer id|dsp id|customer user id|"
    "customer",
    "buyer_name": "customer name|company name|company|kundenname|kunde name|kunde|firma|firmenname|name1|name 1|"
    "raison sociale|nom du client|nom client|nom|client|societe|buyer|buyer name|billing company|"
    "billing name|shop|store|store name|laden|haendler|handelspartner|retailer|account name|"
    "company billing|customer full name|service|service description|dsp|dsp name|sold to name|name",
    "buyer_kind": "customer type|customer group|customer class|kundenart|kundengruppe|kundentyp|kundenklasse|"
    "type client|type de client|groupe client|buyer type|buyer kind|kind|account type|art|typ|type|"
    "segment",
    "country": "country|country code|land|laendercode|lieferland|land1|pays|code pays|pays de livraison|ship country|"
    "shipping country|ship to country|billing country|territory|territory code|country code shipping|"
    "country code billing|destination|kunde land|client pays",
    "region": "region|sales region|gebiet|verkaufsgebiet|bundesland|state|province|regio|shipping province",
    "contact_name": "contact|contact name|ansprechpartner|ansprechpartnerin|kontakt|interlocuteur|personne de contact",
    "email": "email|e mail|mail|courriel|email address|e mail adresse|email billing",
    "phone": "phone|telephone|telefon|tel|phone number|phone billing|billing phone",
    "address": "address|adresse|anschrift|strasse|street|rue|billing address|address 1|shipping address",
    "sku": "sku|item number|item no|item code|item id|article number|article no|artikelnummer|artikelnr|"
    "artikel nr|artikel no|art nr|artnr|art no|artikel|material|materialnummer|matnr|product code|"
    "product id|product number|product no|produktnummer|produkt nr|reference article|ref article|"
    "reference produit|reference|ref|code article|article|lineitem sku|variant sku|stock code|item|"
    "part number|release id|proprietary id",
    "ean": "ean|ean13|ean code|ean 13|ean nr|gtin|barcode|upc|upc ean|ean upc|upc code|gencod|code barre|"
    "code barres|variant barcode|icpn|strichcode|barcode ean|upc a",
    "catalogue_number": "catalogue number|catalog number|catalogue no|catalog no|cat no|cat nr|catno|cat number|cat #|"
    "katalognummer|katalognr|katalog nr|kat nr|bestellnummer label|labelcode nr|numero de catalogue|"
    "ref catalogue",
    "isrc": "isrc|isrc code",
    "title": "title|titel|titre|album|album title|release title|release|product name|product title|produktname|"
    "bezeichnung|artikelbezeichnung|artikel bezeichnung|artikeltext|kurztext|maktx|arktx|materialkurztext|"
    "designation|libelle|lineitem name|item name|item title|description|item description|product|produkt|"
    "produit|beschreibung|oeuvre|name",
    "artist": "artist|artist name|artists|interpret|interpreten|kuenstler|kunstler|kuenstlername|artiste|interprete|"
    "display artist|display artist name|main artist|band|act|vendor|performer",
    "artist_id": "artist id|artist no|artist code|kuenstlernummer|kuenstler nr|interpret nr|code artiste|id artiste",
    "label": "label|label name|plattenlabel|plattenfirma|record label|maison de disques|maison de disque|editeur|"
    "imprint|brand|marke|labels",
    "label_id": "label id|label no|label nr|label code|labelcode|code label|id label",
    "genre": "genre|main genre|musikrichtung|stilrichtung|style|genre name|warengruppe|matkl|category|categories|"
    "kategorie|categorie|rayon|product type",
    "format": "format|media|medium|tontraeger|tontrager|traeger|tragerformat|support|configuration|config|carrier|"
    "product format|formattyp|release format|type de support",
    "release_date": "release date|street date|date of release|original release date|veroeffentlichungsdatum|"
    "veroffentlichungsdatum|veroeffentlichung|veroffentlichung|vo datum|voe|vo|vö|vö datum|"
    "erscheinungsdatum|erscheint|erscheinungstermin|date de sortie|sortie|date sortie|released|"
    "available from|release",
    "release_year": "release year|year|jahr|erscheinungsjahr|annee|annee de sortie",
    "list_price": "list price|rrp|srp|msrp|uvp|ppd|hap|dealer price|haendlerabgabepreis|retail price|listenpreis|"
    "katalogpreis|verkaufspreis|vk|vk preis|vk netto|variant price|regular price|prix public|"
    "prix catalogue|prix de vente|prix de vente ht|prix|prix ht|preis|price|unit price|pvht|prix ppd",
    "unit_cost": "cost|unit cost|cost price|einkaufspreis|ek|ek preis|ek netto|prix d achat|prix achat|cost per item|"
    "purchase price|wholesale cost|landed cost|prix d achat ht|cogs",
    "unit_price": "unit price|net price|net unit price|unit price net|price net|price per unit|einzelpreis|"
    "einzelpreis netto|nettopreis|preis netto|vk netto|netto preis|netto|stueckpreis|stuckpreis|netpr|"
    "prix unitaire|prix unitaire ht|pu ht|prix net|prix ht|lineitem price|item price|item cost|"
    "wholesale price per unit|wholesale price|sales price|selling price|price|preis|prix|vk|verkaufspreis|"
    "ppu|amount per unit|rate",
    "unit_price_gross": "gross price|gross unit price|unit price gross|"
    "unit price incl tax|price incl tax|price incl vat|"
    "bruttopreis|einzelpreis brutto|preis brutto|brutto|vk brutto|prix ttc|prix unitaire ttc|pu ttc|"
    "price gross",
    "line_total": "line total|line amount|net amount|net value|amount|total|item total|line net|nettobetrag|"
    "betrag netto|betrag|gesamtpreis|gesamt netto|gesamtbetrag|positionswert|nettowert|netwr|umsatz|"
    "umsatz netto|erloes|montant|montant ht|total ht|total ligne|chiffre d affaires|ca ht|net revenue|"
    "revenue|sales|sales value|net sales|extended price|total netto|order line total|wert|summe|"
    "netto ges|gesamt|ges netto|credit amount|gutschriftbetrag|zeilensumme|line sum|total net|net total",
    "line_total_gross": "gross amount|gross total|total incl tax|total gross|bruttobetrag|betrag brutto|gesamt brutto|"
    "montant ttc|total ttc|gross value",
    "tax_rate": "vat|vat rate|vat %|tax rate|tax %|mwst|mwst satz|mwst %|ust|ust satz|steuersatz|tva|taux tva|"
    "taux de tva|tva %",
    "discount_percent": "discount %|discount percent|rabatt %|rabatt|rabattsatz|nachlass %|remise %|remise|"
    "taux de remise|disc %|discount",
    "quantity": "quantity|qty|menge|anzahl|stueck|stuck|stueckzahl|stk|quantite|qte|qty ordered|ordered qty|order qty|"
    "units|units sold|sales units|number of units|consumer sales|lineitem quantity|quantity refund|kwmeng|"
    "fkimg|bestellmenge|auftragsmenge|verkaufte menge|abverkauf|absatz|unites|nb unites|pcs|pc|nb|"
    "nombre|amount of units|count|qte commandee|"
    "qte vendue|copies|pieces|"
    "qty returned|returned qty|return qty|quantity returned|retourenmenge|qty sold|sold qty|sold",
    "currency": "currency|currency code|order currency|waehrung|wahrung|waers|waerk|devise|monnaie|curr|ccy|"
    "code devise|whg",
    "channel": "channel|sales channel|kanal|vertriebskanal|vertriebsweg|vtweg|canal|canal de vente|order source|"
    "source|use type|usage type|commercial model",
    "status": "status|order status|auftragsstatus|statut|etat|financial status|fulfillment status|state|belegstatus",
    "order_type": "document type|doc type|belegart|auftragsart|auart|vorgangsart|vorgangsart text|type de document|"
    "type de piece|transaction type|order type|type|art|sales or return|kind",
    "on_hand": "on hand|qty on hand|quantity on hand|stock on hand|stock|stock quantity|stock level|bestand|"
    "lagerbestand|istbestand|frei verwendbar|labst|quantite en stock|qte stock|qte en stock|"
    "stock disponible|inventory|inventory quantity|variant inventory qty|in stock quantity|available|"
    "verfuegbar|verfugbar|disponible|current stock",
    "warehouse": "warehouse|lager|lagerort|lgort|werk|depot|entrepot|magasin|storage location|location|site",
    "stock_date": "stock date|stichtag|bestandsdatum|inventurdatum|as of|as of date|date stock|date inventaire|"
    "date de stock|date du stock|snapshot date|date|datum",
    "reserved": "reserved|reserviert|reservierte menge|reserve|quantite reservee|allocated|committed",
    "incoming": "incoming|on order|im zulauf|zulauf|bestellt|en commande|offene bestellmenge|inbound",
    "received": "received|zugang|zugaenge|wareneingang|recu|entrees",
    "shipped": "shipped|abgang|abgaenge|versandt|warenausgang|expedie|sorties",
    "returned": "returned|returns|retouren|retour|retours",
    "valid_from": "valid from|effective from|effective date|price from|gueltig ab|gultig ab|gueltig von|datab|"
    "valable du|valable a partir du|date d effet|from date|from",
    "supplier": "supplier|supplier name|lieferant|lieferantenname|fournisseur",
    "lead_days": "lead time|lead time days|lead days|lieferzeit|lieferzeit tage|wiederbeschaffungszeit|"
    "delai de livraison|delai",
    "least_order": "minimum order|min order|minimum order quantity|min order qty|moq|mindestbestellmenge|mindestmenge|"
    "quantite minimum|qte min",
    "royalty_percent": "royalty|royalty rate|royalty %|royalty percent|lizenzsatz|lizenz|lizenz %|redevance|"
    "taux de redevance",
    "carrier_id": "carrier id|carrier no|carrier number|carrier code|spediteur nr|spediteurnummer|"
    "frachtfuehrer nr|code transporteur|transporteur id",
    "carrier": "carrier|carrier name|shipping carrier|courier|forwarder|shipping company|tracking company|spediteur|"
    "spedition|frachtfuehrer|versanddienstleister|paketdienst|transporteur",
    "service": "service|carrier service|service level|shipping method|versandart|mode de livraison",
    "shipment_id": "shipment id|shipment number|shipment no|shipment|delivery number|delivery note|sendungsnummer|"
    "lieferscheinnummer|lieferschein|sendung|tracking number|tracking no|numero d expedition|numero de suivi|"
    "sendungsnr|sendungs nr|sendung nr|lieferschein nr",
    "shipped_at": "shipped at|ship date|shipped date|date shipped|dispatch date|dispatched|shipped on|versanddatum|"
    "versandt am|warenausgangsdatum|date d expedition|expedie le",
    "promised_on": "promised on|promised date|promised|due date|expected delivery|estimated delivery|liefertermin|"
    "wunschtermin|zugesagt|livraison prevue|date promise",
    "delivered_at": "delivered at|delivered on|delivery date|date delivered|delivered|zustelldatum|zugestellt am|"
    "zugestellt|lieferdatum|date de livraison|livre le",
    "parcels": "parcels|packages|colli|kolli|packstuecke|pakete|colis|nombre de colis",
    "freight": "freight|freight cost|shipping cost|frachtkosten|fracht|versandkosten|cout du transport|cost|kosten",
    "interaction_id": "interaction id|interaction no|activity id|contact id|visit id|kontakt nr|kontaktnummer|"
    "besuchsnummer|aktivitaet nr|id activite|id contact",
    "interaction_kind": "interaction kind|interaction type|activity type|contact type|kontaktart|aktivitaetsart|"
    "type d activite|type de contact|activity|aktivitaet|interaction|kind|type|art",
    "occurred_at": "occurred at|interaction date|activity date|contact date|visit date|kontaktdatum|besuchsdatum|"
    "date de contact|date de visite|date|datum",
    "outcome": "outcome|result|ergebnis|resultat",
    "campaign_id": "campaign id|campaign no|campaign number|campaign code|kampagnennummer|kampagnen nr|"
    "kampagne nr|id campagne|code campagne",
    "campaign": "campaign|campaign name|kampagne|kampagnenname|campagne|nom de la campagne|nom de campagne",
    "spend": "spend|amount spent|spent|ad spend|marketing spend|ausgaben|werbekosten|mediakosten|kosten|cost|budget|"
    "depense|depenses|montant depense",
    "started_on": "start date|started on|start|begin|reporting starts|beginn|startdatum|von|date de debut|debut|from",
    "ended_on": "end date|ended on|end|reporting ends|ende|enddatum|bis|date de fin|fin|until|to",
    "published": "published|active|aktiv|visible|sichtbar|publie|actif|is published|for sale",
}
_ACCENTS = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"}
_UNITS = re.compile(r"(?<=.) (?:in )?(?:eur|euro|usd|gbp|chf|sek|nok|dkk|pln)$")
_FILLERS = {"the", "of", "de", "du", "des", "le", "la", "der", "die", "das", "in", "und", "and"}


@cache
def plain(name: str) -> str:
    """A name without case, accents, camel case and punctuation: ``Kunden-Nr.`` is ``kunden nr``."""
    spaced = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", name.strip())
    lowered = spaced.lower().replace("№", "no").replace("n°", "n ").replace("nº", "n ")
    for sign, letters in _ACCENTS.items():
        lowered = lowered.replace(sign, letters)
    ascii_only = unicodedata.normalize("NFKD", lowered).encode("ascii", "ignore").decode()
    return " ".join(re.sub(r"[^a-z0-9#%]+", " ", ascii_only).split())


def _stripped(text: str) -> str:
    return "".join(word for word in text.split() if word not in _FILLERS)


@cache
def _names() -> dict[str, dict[str, float]]:
    """Concept -> plain name -> how telling it is, from 1 down to .7."""
    found: dict[str, dict[str, float]] = {}
    for concept, words in WORDS.items():
        listed = [plain(word) for word in words.split("|")]
        found[concept] = {}
        for place, word in enumerate(listed):
            found[concept].setdefault(word, 1 - 0.25 * place / max(1, len(listed) - 1))
    return found


def name_score(concept: str, name: str) -> float:
    """How well a column's name says the concept, from 0 to 1."""
    asked, known = _UNITS.sub("", plain(name)), _names()[concept]  # Ausgaben EUR are Ausgaben
    if asked in known:
        return known[asked]
    squeezed = _stripped(asked)
    best = 0.0
    for word, weight in known.items():
        if _stripped(word) == squeezed:
            best = max(best, weight * 0.98)
        elif len(word) >= 3 and (asked.endswith(f" {word}") or asked.startswith(f"{word} ")):
            place = 0.75 if asked.endswith(f" {word}") else 0.55  # the last word says what it is: line item sku
            best = max(best, weight * place * (0.7 + 0.3 * len(word) / len(asked)))
    parent, dot, leaf = name.rpartition(".")
    nested = (
        0.8 * name_score(concept, leaf) if dot and parent and leaf.strip() else 0.0
    )  # a field within another of JSON
    return max(best, nested)
