"""Names of invented people (from Faker's Latvian lists, MIT) and real streets of Ventspils (facts)."""

WOMEN = (
    "Anna Ilze Līga Dace Inese Kristīne Žanete Ņina Laima Zane Aija Baiba Elīna Gunta Ieva Jana Lāsma "
    "Madara Rasma Sanita Tekla Ulla Vija Ērika Ināra Maija Rūta Skaidrīte Velta Zenta"
).split()
MEN = (
    "Jānis Andris Juris Edgars Māris Aivars Ģirts Kārlis Pēteris Raivis Uldis Valdis Artūrs Dainis Guntis "
    "Imants Kaspars Mārtiņš Normunds Oskars Rihards Sandis Toms Vilnis Ziedonis Ādolfs Ēriks Ints Ojārs Rolands"
).split()
FAMILIES = (
    "Bērziņ Kalniņ Ozoliņ Jansoniņ Krūmiņ Vītoliņ Liepiņ Kārkliņ Zariņ Dziedr Grīnberg Kļaviņ Šmit Ābol "
    "Eglīt Ziemel Rozīt Skuj Pūc Celm Strazdiņ Lāc Vilk Briež Ķirs Ūdr Žagar Ceriņ Upīt Avotiņ"
).split()
STREETS = (
    "Ganību iela",
    "Saules iela",
    "Kuldīgas iela",
    "Riņķa iela",
    "Bērzu iela",
    "Loču iela",
    "Latgales iela",
    "Kustes dambis",
    "Prāmju iela",
    "Brīvības iela",
    "Lāčplēša iela",
    "Jūras iela",
    "Medus iela",
    "Sārnates iela",
    "Virves iela",
    "Mastu iela",
    "Kurzemes iela",
    "Cīruļu iela",
)
