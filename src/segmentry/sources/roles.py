"""Which column plays which role: what is given wins and is checked, the rest is guessed from names and from content."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from ..core.errors import SourceError, UnknownColumn
from .facts import short

# Names as they are compared: lower case, no accents, no separators; the best first. English, German, French, Spanish,
# Italian, Portuguese, Dutch.
CUSTOMER = """
    customerid customer custid customerno customernumber customercode customerkey customeruniqueid cust clientid
    client clientno clientnumber clientcode accountid account accountno accountnumber accountcode buyerid buyer
    memberid member membernumber userid user uid householdid householdkey household shopperid shopper consumerid
    cardid cardno cardnumber loyaltyid loyaltycard loyaltycardnumber subscriberid guestid patientid donorid
    policyholder visitorid partyid contactid customeremail clientemail useremail buyeremail email emailaddress mail
    kundennummer kundenid kundennr kunde kundenno kdnr debitor debitornummer kontonummer idclient numclient
    numeroclient codeclient clienteid idcliente codcliente codigocliente numerocliente cliente codicecliente
    clientenr klantid klant klantnummer klantnr customername clientname custkey externalcustomerid shopifycustomerid
    soldto soldtoparty billto billtocustomer payerid payer
"""
ORDER = """
    invoiceno invoice invoiceid invoicenumber invoicenum orderid order orderno ordernumber ordernum transactionid
    transaction transactionno transactionnumber transid transno txnid txid txn receiptid receipt receiptno
    receiptnumber basketid basket ticketid ticket ticketno billid billno billnumber bookingid booking purchaseid
    purchaseno saleid salesid salesorder salesorderid salesordernumber checkid checkno documentno documentnumber
    docno cartid rechnungsnummer rechnungsnr rechnung bestellnummer bestellnr bestellung bestellid auftragsnummer
    auftragsnr auftrag belegnummer belegnr bonnummer facture nofacture numfacture numerofacture commande idcommande
    numcommande numerocommande factura nofactura numerofactura numfactura pedido idpedido numeropedido ordine
    idordine numeroordine fattura numerofattura scontrino encomenda fatura bestelling bestelnummer factuur
    factuurnummer orderkey tradeid trade dealid
"""
TIME = """
    invoicedate invoicedatetime orderdate orderdatetime ordertimestamp ordertime transactiondate transactiondatetime
    transactiontime transactiontimestamp transdate trandate txndate purchasedate purchasedatetime purchasetimestamp
    orderpurchasetimestamp purchasetime saledate salesdate salesdatetime datetime timestamp date time createdat
    orderedat purchasedat eventtime eventdate eventtimestamp createddate createdon created bookingdate paymentdate
    billdate receiptdate postingdate documentdate tradedate day when datum rechnungsdatum bestelldatum auftragsdatum
    kaufdatum belegdatum buchungsdatum zeitpunkt datefacture datecommande dateachat dateheure fecha fechafactura
    fechapedido fechacompra data dataordine datafattura dataacquisto datacompra datapedido besteldatum factuurdatum
    orderdatum
"""
QUANTITY = """
    quantity qty quantityordered orderquantity orderqty qtyordered quantitysold qtysold units unitssold unitsordered
    unitsales itemcount itemqty itemquantity numberofitems numitems noofitems items pieces pcs numberofcds
    numberofunits numunits volume menge anzahl stueck stuck stueckzahl quantite qte nombre cantidad unidades
    quantita qta pezzi quantidade qtd aantal hoeveelheid shares
"""
UNIT_PRICE = """
    unitprice priceperunit priceeach itemprice unitsellingprice sellingprice saleprice salesprice productprice
    priceperitem unitcost pricepaid retailprice listprice price einzelpreis stueckpreis stuckpreis preis
    prixunitaire prix preciounitario precio prezzounitario prezzo precounitario preco stukprijs prijs eenheidsprijs
    rate
"""
AMOUNT = """
    amount totalamount saleamount salesamount orderamount transactionamount tranamount transamount txnamount
    purchaseamount invoiceamount paymentamount netamount grossamount amountpaid amountspent lineamount linetotal
    extendedprice totalprice totalsales totalsale totalvalue totalrevenue totalspent totalspend totalcost total
    sales revenue turnover spend spent dollarvalue dollars ordervalue ordertotal invoicetotal invoicevalue
    salesvalue salevalue transactionvalue purchasevalue paymentvalue monetaryvalue monetary money payment subtotal
    grandtotal netsales grosssales netvalue value betrag umsatz gesamtbetrag gesamtpreis summe nettobetrag
    bruttobetrag rechnungsbetrag montant montanttotal chiffreaffaires prixtotal importe importetotal ventas monto
    montototal valortotal valor totale importo fatturato prezzototale bedrag totaalbedrag omzet totaal gmv
"""
PRODUCT = """
    stockcode productid productcode product productno productnumber productkey productsku sku skuid itemid itemcode
    itemno itemnumber item articleid articleno articlenumber articlecode article asin upc ean gtin isbn barcode
    materialnumber material partnumber partno variantid productname itemname itemdescription productdescription
    description artikelnummer artikelnr artikel artikelbezeichnung produkt produktnummer produktid codeproduit
    produit reference codearticle producto codigoproducto idproducto articulo prodotto codiceprodotto codicearticolo
    articolo produto codigoproduto productnummer security isin ticker
"""
DESCRIPTION = """
    description productdescription itemdescription articledescription productname itemname articlename producttitle
    itemtitle productlabel desc bezeichnung artikelbezeichnung produktbezeichnung artikelbeschreibung
    artikelname produktname beschreibung designation libelle nomproduit descripcion nombreproducto descrizione
    nomeprodotto descricao omschrijving productnaam artikelnaam stockdescription skuname materialdescription
"""
CATEGORY = """
    category productcategory categoryname itemcategory categoryid categorycode productgroup itemgroup articlegroup
    materialgroup merchandisegroup commoditygroup producttype productline productfamily productclass department
    departmentname subcategory productsubcategory kategorie produktkategorie warengruppe artikelgruppe produktgruppe
    warengruppenname sortiment categorie categorieproduit rayon famille categoria categoriaproducto familia
    categoriaprodotto reparto categoriaproduto productcategorie productgroep artikelgroep assetclass
"""
COUNTRY = """
    country countrycode countryname customercountry shippingcountry shipcountry billingcountry shipcountryname
    countryregion land pays pais paese nation region state province market geography bundesland customerstate
    shippingstate territory regione provincia regiao estado
"""

NAMES: dict[str, dict[str, int]] = {
    role: {name: place for place, name in enumerate(names.split())}
    for role, names in {
        "customer": CUSTOMER,
        "order": ORDER,
        "time": TIME,
        "quantity": QUANTITY,
        "unit_price": UNIT_PRICE,
        "amount": AMOUNT,
        "product": PRODUCT,
        "description": DESCRIPTION,
        "category": CATEGORY,
        "country": COUNTRY,
    }.items()
}
NUMERIC = {"quantity", "unit_price", "amount"}
# Beginnings and ends that say nothing about the role: "sales_invoice_no" is an "invoice_no".
PREFIXES = ("", "fk", "id", "the", "sales", "sale", "shop", "retail", "raw", "line", "item", "order", "dim", "src")
SUFFIXES = ("", "eur", "usd", "gbp", "euro", "euros", "dollars", "utc", "ts", "col", "value", "key", "code", "str")
# Roles that only say more about a product: they take what the others leave.
ABOUT_PRODUCTS = ("description", "category")
# A column in which more than this share of many values differ has no categories.
MOST_DISTINCT = 0.5
MANY = 50
# What content has to show before a column may play a role by its name.
ENOUGH = 0.5


@dataclass(frozen=True)
class Content:
    """What a sample of a column holds, as shares of its filled values: numbers, dates, numbers with a fraction."""

    filled: int
    numbers: float
    dates: float
    fractions: float
    distinct: float


@dataclass(frozen=True)
class Roles:
    """Role to the position of its column, and role to why it was chosen."""

    columns: dict[str, int]
    reasons: dict[str, str]


def folded(name: str) -> str:
    """Return *name* as it is compared: lower case, without accents and separators.

    >>> folded("Invoice No."), folded("Prénom_Client"), folded("OrderID")
    ('invoiceno', 'prenomclient', 'orderid')
    """
    plain = unicodedata.normalize("NFKD", name[:200].replace("ß", "ss"))
    return "".join(character for character in plain.casefold() if character.isalnum() and character.isascii())


def is_role_name(name: str) -> bool:
    """Whether *name* is a usual name for some role.

    >>> is_role_name("Customer ID"), is_role_name("Balance")
    (True, False)
    """
    return any(folded(name) in names for names in NAMES.values())


def rank(name: str, role: str) -> int | None:
    """Return how usual *name* is for *role*: 0 for the most usual one, nothing when it is not known.

    >>> rank("InvoiceNo", "order"), rank("Sales_Invoice_No", "order") is not None, rank("order_status", "order")
    (0, True, None)
    """
    plain = folded(re.sub(r"[\(\[].*?[\)\]]", "", name)) or folded(name)
    names = NAMES[role]
    if plain in names:
        return names[plain]
    for cost, prefix in enumerate(PREFIXES):
        for further, suffix in enumerate(SUFFIXES):
            if (prefix or suffix) and plain.startswith(prefix) and plain.endswith(suffix):
                core = plain.removeprefix(prefix).removesuffix(suffix)
                if core in names and len(core) > 2:
                    return 1000 + names[core] + 10 * (cost + further)
    return None


def find_roles(
    names: Sequence[str], contents: Sequence[Content], given: dict[str, str], *, where: str, headless: bool = False
) -> Roles:
    """Return the roles of the columns *names*; *given* ones win. Raises UnknownColumn for one that is absent."""
    columns = {role: _position(column, names, where) for role, column in given.items()}
    reasons = dict.fromkeys(columns, "given")
    _by_name(columns, reasons, names, contents, [role for role in NAMES if role not in ABOUT_PRODUCTS])
    _by_name(columns, reasons, names, contents, ABOUT_PRODUCTS)
    _by_content(columns, reasons, names, contents, headless=headless)
    return Roles(dict(sorted(columns.items(), key=lambda item: list(NAMES).index(item[0]))), reasons)


def _by_name(
    columns: dict[str, int],
    reasons: dict[str, str],
    names: Sequence[str],
    contents: Sequence[Content],
    roles: Sequence[str],
) -> None:
    """Give each of *roles* the free column with the most usual name, where its content allows it."""
    taken = set(columns.values())
    wishes = []
    for role in roles:
        for place, name in enumerate(names):
            place_rank = rank(name, role)
            if place_rank is not None and role not in columns and _content_allows(role, contents[place]):
                wishes.append((place_rank, list(NAMES).index(role), place, role))
    for _, _, place, role in sorted(wishes):
        if role not in columns and place not in taken:
            columns[role], reasons[role] = place, "name and content"
            taken.add(place)


def _position(column: str, names: Sequence[str], where: str) -> int:
    if column in names:
        return list(names).index(column)
    alike = [place for place, name in enumerate(names) if name.strip().casefold() == column.strip().casefold()]
    if len(alike) == 1:
        return alike[0]
    raise UnknownColumn(column, names, where=where)


def _content_allows(role: str, content: Content) -> bool:
    if content.filled == 0:
        return False
    if role == "time":
        return content.dates >= ENOUGH
    if role in NUMERIC:
        return content.numbers >= ENOUGH
    if role in ABOUT_PRODUCTS:
        is_repeated = content.filled <= MANY or content.distinct <= MOST_DISTINCT
        return content.numbers < ENOUGH if role == "description" else is_repeated
    if role in {"customer", "order"}:
        return content.dates < ENOUGH or content.numbers >= ENOUGH  # ids such as 20110131 are digits, too
    return True


def _by_content(
    columns: dict[str, int],
    reasons: dict[str, str],
    names: Sequence[str],
    contents: Sequence[Content],
    *,
    headless: bool,
) -> None:
    """Fill in time, then customer and amount of a table of few columns, where only one column can be meant."""

    def free(role: str) -> list[int]:
        return [
            place
            for place in range(len(names))
            if place not in columns.values() and _content_allows(role, contents[place])
        ]

    if "time" not in columns:
        dates = free("time")
        if len(dates) == 1:
            columns["time"], reasons["time"] = dates[0], "the only column of dates"
    has_money = "amount" in columns or "unit_price" in columns
    if not has_money and "time" in columns and (headless or len(names) <= 4):
        money = [place for place in free("amount") if contents[place].fractions > 0]
        if len(money) == 1:
            columns["amount"], reasons["amount"] = money[0], "the only column of numbers with decimals"
    if "customer" not in columns and "time" in columns and len(names) == 3:
        ids = [place for place in free("customer") if contents[place].fractions == 0]
        if len(ids) == 1:
            columns["customer"], reasons["customer"] = ids[0], "the only column left"


def require(roles: Roles, names: Sequence[str], *, where: str) -> None:
    """Raise SourceError when the customer, the time or the money is missing, with the setting that names it."""
    missing = [role for role in ("customer", "time") if role not in roles.columns]
    if not {"amount", "unit_price"} & set(roles.columns):
        missing.append("amount")
    if not missing:
        return
    words = {
        "customer": "who bought (customer)",
        "time": "when (a column whose values are dates)",
        "amount": "for how much (an amount, or a quantity and a unit price)",
    }
    settings = " or ".join(f"--{role} COLUMN (source.columns.{role})" for role in missing)
    shown = ", ".join(repr(short(name, 40)) for name in names[:20]) + (", …" if len(names) > 20 else "")
    raise SourceError(
        f"In {where} no column was found that says {' and '.join(words[role] for role in missing)}.",
        possible=f"Columns: {shown}.",
        action=f"Say which it is: {settings}."
        + (
            " A table of customers without dates is read with --kind customers (source.kind)."
            if "time" in missing
            else ""
        ),
    )
