"""The few words that the invented clinic is made of. Not the lists that maskers draw from: those are `engine.masking.lists`."""

from __future__ import annotations

# Ordered from the oldest generation to the youngest: `people.first_names` picks near a person's year of birth.
FEMALE = (
    "Dorothy Ruth Helen Margaret Rosa Virginia Betty Shirley Irene Barbara Patricia Carol Judith Nancy Guadalupe Linda "
    "Susan Karen Donna Ingrid Deborah Cynthia Pamela Sandra Diane Lisa Kimberly Michelle Angela Mei Melissa Amy Priya "
    "Jennifer Heather Svetlana Stephanie Nicole Fatima Jessica Amanda Ashley Sarah Brittany Zoë Megan Samantha Rachel "
    "Aisha Emily Hannah Chloé Alexis Madison Yuki Olivia Emma Abigail Isabella Sophia Mia Ava Charlotte Amelia Harper"
).split()
MALE = (
    "Walter Harold Raymond Eugene Albert Ernesto Robert Donald Richard Kenneth Gerald Ronald James Thomas Gary Larry "
    "Dennis Jerry Steven Hiroshi Michael Mark Gregory Jeffrey Timothy Scott Kevin Brian Anthony Rajesh Eric Christopher "
    "Jason Matthew Omar Joshua Justin Brandon Ryan Björn Andrew Tyler Zachary Kyle Mohammed Austin Cody Jordan Logan "
    "Ethan Jacob Aidan Noah Mason Wei Liam Elijah Lucas Oliver Mateo Levi Theodore Ezra Kai Milo"
).split()
LAST = (
    "Smith Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson "
    "Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young "
    "Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter "
    "Roberts Gomez Phillips Evans Turner Diaz Parker Cruz Edwards Collins Reyes Stewart Morris Morales Murphy Cook Rogers "
    "Gutierrez Ortiz Morgan Cooper Peterson Bailey Reed Kelly Howard Ramos Kim Cox Ward Richardson Watson Brooks Chavez "
    "Wood Bennett Gray Mendoza Ruiz Hughes Price Alvarez Castillo Sanders Patel Myers Long Ross Foster Jimenez Powell "
    "Jenkins Perry Russell Sullivan Bell Coleman Butler Henderson Barnes Fisher Vasquez Simmons Graham Wallace O'Brien "
    "Núñez Müller Keller Okafor Haddad Larsen Novak Rossi Dubois Tanaka Chen Singh Khan Ivanova Abbott Whitfield Lockwood "
    "Fairbanks Ashworth Delacroix Sørensen Takahashi Villanueva Oyelaran MacGregor D'Angelo Castellanos Rosenthal Zielinski"
).split()

# region code, name, urban, share of the patients, factor on income
REGIONS = (
    ("HARB", "Harbour District", True, 0.24, 1.22),
    ("OLDT", "Old Town", True, 0.17, 1.10),
    ("UNIV", "University Quarter", True, 0.13, 0.92),
    ("NRTH", "North Shore", True, 0.12, 1.30),
    ("MILL", "Mill Valley", False, 0.11, 0.95),
    ("LAKE", "Lake Country", False, 0.09, 1.02),
    ("RIDG", "Stone Ridge", False, 0.08, 0.83),
    ("FARM", "Farmlands", False, 0.06, 0.76),
)
# per region: city, state, the first three digits of its postcodes
CITIES = {
    "HARB": (("Portland", "ME", "041"), ("South Portland", "ME", "041")),
    "OLDT": (("Portsmouth", "NH", "038"), ("Dover", "NH", "038")),
    "UNIV": (("Durham", "NH", "038"), ("Hanover", "NH", "037")),
    "NRTH": (("Gloucester", "MA", "019"), ("Salem", "MA", "019"), ("Beverly", "MA", "019")),
    "MILL": (("Lewiston", "ME", "042"), ("Biddeford", "ME", "040")),
    "LAKE": (("Laconia", "NH", "032"), ("Burlington", "VT", "054")),
    "RIDG": (("Rutland", "VT", "057"), ("Berlin", "NH", "035")),
    "FARM": (("Montpelier", "VT", "056"), ("Augusta", "ME", "043")),
}
AREA_CODES = {"ME": "207", "NH": "603", "MA": "978", "VT": "802"}
STREETS = (
    "Maple Oak Cedar Elm Birch Chestnut Willow Spruce Harbour Ocean River Lake Hill Mill Church School Bridge Market "
    "Washington Lincoln Franklin Jefferson Madison Park Prospect Highland Pleasant Summer Winter Spring Central Union"
).split()
SUFFIXES = ("Street", "Avenue", "Road", "Lane", "Drive", "Court")
MAIL = ("example.com", "example.org", "example.net", "mail.example.com", "post.example.org")

# code, title, monthly premium
PLANS = (
    ("BASIC", "Basic care", 129.00),
    ("SILVER", "Silver: basic and specialists", 219.50),
    ("GOLD", "Gold: free choice of doctor", 389.90),
    ("FAMILY", "Family: children included", 312.00),
    ("SENIOR", "Senior care from 65", 98.40),
)
EDUCATION = ("none", "high school", "college", "bachelor", "master")
OCCUPATIONS = {
    "none": ("cleaner", "farm hand", "kitchen help", "packer"),
    "high school": ("driver", "clerk", "carpenter", "sales person", "fisher"),
    "college": ("nurse", "technician", "electrician", "bookkeeper"),
    "bachelor": ("teacher", "engineer", "accountant", "designer"),
    "master": ("physician", "lawyer", "scientist", "manager"),
}
# code, title, chronic, how common, the age at which it is most common, how wide around that age
DIAGNOSES = (
    ("J06.9", "Acute upper respiratory infection", False, 9.0, 8, 40),
    ("Z00.0", "General examination", False, 8.0, 45, 60),
    ("I10", "Essential hypertension", True, 7.0, 72, 18),
    ("E11.9", "Type 2 diabetes", True, 4.5, 68, 17),
    ("M54.5", "Low back pain", False, 5.0, 50, 18),
    ("F41.1", "Generalised anxiety disorder", True, 2.6, 33, 15),
    ("F32.9", "Depressive episode", True, 2.4, 40, 17),
    ("J45.9", "Asthma", True, 2.4, 14, 18),
    ("H66.9", "Otitis media", False, 3.2, 4, 7),
    ("N39.0", "Urinary tract infection", False, 2.0, 58, 25),
    ("E78.5", "Hyperlipidaemia", True, 3.6, 65, 15),
    ("S93.4", "Sprain of ankle", False, 2.2, 22, 13),
    ("L20.9", "Atopic dermatitis", True, 1.6, 6, 12),
    ("K21.9", "Gastro-oesophageal reflux", True, 2.1, 52, 17),
    ("J44.9", "Chronic obstructive pulmonary disease", True, 1.6, 70, 10),
    ("Z34.9", "Supervision of normal pregnancy", False, 1.8, 30, 6),
    ("B20", "HIV disease", True, 0.2, 42, 12),
    ("C50.9", "Malignant neoplasm of breast", True, 0.4, 62, 12),
)
PRODUCTS = (
    ("Amoxil 500", "capsule", 11.80), ("Lisinol 10", "tablet", 7.40), ("Metforan 850", "tablet", 6.20),
    ("Atorvan 20", "tablet", 12.10), ("Salbuvent", "inhaler", 24.50), ("Ibuprex 400", "tablet", 4.90),
    ("Omepral 20", "capsule", 8.75), ("Sertalin 50", "tablet", 14.30), ("Hydrocort 1 %", "cream", 9.60),
    ("Nitrofur 100", "capsule", 18.20), ("Folic Plus", "tablet", 5.30), ("Tiotrop", "inhaler", 61.00),
    ("Paracet 500", "tablet", 2.95), ("Cetirin 10", "tablet", 6.05), ("Insulan 100", "injection", 48.70),
    ("Calmid 0.5", "tablet", 10.15), ("Vita D 1000", "drops", 7.99), ("Eye Clear", "drops", 8.45),
    ("Kneeband M", "device", 21.00), ("Pressure cuff", "device", 39.90),
)  # fmt: skip
DEPARTMENTS = (
    "General practice",
    "Paediatrics",
    "Cardiology",
    "Orthopaedics",
    "Psychiatry",
    "Dermatology",
    "Laboratory",
)
JOBS = ("physician", "nurse", "assistant", "technician")
COMPLAINTS = (
    "a cough for a week", "pain in the lower back", "trouble sleeping", "headaches in the morning", "a rash on the arm",
    "shortness of breath on stairs", "a sore throat", "dizziness when standing up", "pain in the left knee", "heartburn",
)  # fmt: skip
ADVICE = (
    "rest and fluids", "blood tests next week", "physiotherapy twice a week", "the dose was raised", "a salt-poor diet",
    "a follow-up in a month", "an X-ray", "no change of treatment", "a referral to cardiology", "walking every day",
)  # fmt: skip
