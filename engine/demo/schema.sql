-- Harbour Clinic, an invented clinic of nobody: lookup tables, staff <-> department (a cycle), patients (two self
-- references) and everything that a patient owns.
CREATE TABLE region (
    code TEXT PRIMARY KEY,
    name VARCHAR(40) NOT NULL UNIQUE,
    urban BOOLEAN NOT NULL
);
CREATE TABLE insurance_plan (
    code VARCHAR(12) PRIMARY KEY,
    title VARCHAR(60) NOT NULL,
    monthly_premium DECIMAL(8, 2) NOT NULL CHECK (monthly_premium >= 0)
);
CREATE TABLE diagnosis (
    code VARCHAR(8) PRIMARY KEY,
    title VARCHAR(80) NOT NULL,
    chronic BOOLEAN NOT NULL
);
CREATE TABLE product (
    product_id INTEGER PRIMARY KEY,
    name VARCHAR(60) NOT NULL,
    form VARCHAR(20) NOT NULL,
    price DECIMAL(8, 2) NOT NULL CHECK (price > 0)
);
CREATE TABLE department (
    department_id INTEGER PRIMARY KEY,
    name VARCHAR(40) NOT NULL UNIQUE,
    floor INTEGER NOT NULL,
    head_id INTEGER REFERENCES staff (staff_id)
);
CREATE TABLE staff (
    staff_id INTEGER PRIMARY KEY,
    department_id INTEGER NOT NULL REFERENCES department (department_id),
    manager_id INTEGER REFERENCES staff (staff_id),
    full_name VARCHAR(80) NOT NULL,
    username VARCHAR(40) NOT NULL UNIQUE,
    email VARCHAR(120) NOT NULL UNIQUE,
    job VARCHAR(30) NOT NULL,
    hired_on DATE NOT NULL,
    salary DECIMAL(10, 2) NOT NULL CHECK (salary > 0)
);
CREATE TABLE patient (
    patient_id INTEGER PRIMARY KEY,
    first_name VARCHAR(40) NOT NULL,
    last_name VARCHAR(60) NOT NULL,
    gender VARCHAR(1) NOT NULL CHECK (gender IN ('F', 'M', 'X')),
    birth_date DATE NOT NULL,
    national_id VARCHAR(11) NOT NULL UNIQUE,
    email VARCHAR(120) UNIQUE,
    phone VARCHAR(20),
    region_code TEXT NOT NULL REFERENCES region (code),
    education VARCHAR(20),
    occupation VARCHAR(30),
    income DECIMAL(12, 2) CHECK (income >= 0),
    plan_code VARCHAR(12) REFERENCES insurance_plan (code),
    smoker BOOLEAN NOT NULL,
    height_cm INTEGER NOT NULL CHECK (height_cm BETWEEN 30 AND 230),
    weight_kg REAL NOT NULL CHECK (weight_kg > 0),
    systolic INTEGER NOT NULL,
    guardian_id INTEGER REFERENCES patient (patient_id),
    referred_by INTEGER REFERENCES patient (patient_id),
    registered_at TIMESTAMP NOT NULL,
    preferences JSON,
    remarks TEXT,
    photo BLOB
);
CREATE TABLE address (
    address_id INTEGER PRIMARY KEY,
    patient_id INTEGER NOT NULL REFERENCES patient (patient_id) ON DELETE CASCADE,
    kind VARCHAR(8) NOT NULL CHECK (kind IN ('home', 'work')),
    street VARCHAR(80) NOT NULL,
    city VARCHAR(40) NOT NULL,
    state VARCHAR(2) NOT NULL,
    postcode VARCHAR(10) NOT NULL,
    country VARCHAR(2) NOT NULL DEFAULT 'US'
);
CREATE TABLE portal_login (
    login_id INTEGER PRIMARY KEY,
    patient_id INTEGER NOT NULL REFERENCES patient (patient_id),
    logged_in_at TIMESTAMP NOT NULL,
    ip_address VARCHAR(45) NOT NULL,
    succeeded BOOLEAN NOT NULL
);
CREATE TABLE visit (
    visit_id INTEGER PRIMARY KEY,
    patient_id INTEGER NOT NULL REFERENCES patient (patient_id),
    staff_id INTEGER NOT NULL REFERENCES staff (staff_id),
    visited_at TIMESTAMP NOT NULL,
    channel VARCHAR(10) NOT NULL CHECK (channel IN ('onsite', 'video', 'phone')),
    minutes INTEGER NOT NULL,
    charge DECIMAL(10, 2) NOT NULL CHECK (charge >= 0),
    note TEXT
);
CREATE TABLE visit_diagnosis (
    visit_id INTEGER NOT NULL REFERENCES visit (visit_id),
    diagnosis_code VARCHAR(8) NOT NULL REFERENCES diagnosis (code),
    PRIMARY KEY (visit_id, diagnosis_code)
);
CREATE TABLE prescription_item (
    visit_id INTEGER NOT NULL REFERENCES visit (visit_id),
    line INTEGER NOT NULL,
    product_id INTEGER NOT NULL REFERENCES product (product_id),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (visit_id, line)
);
CREATE TABLE refill (
    refill_id INTEGER PRIMARY KEY,
    visit_id INTEGER NOT NULL,
    line INTEGER NOT NULL,
    dispensed_on DATE NOT NULL,
    FOREIGN KEY (visit_id, line) REFERENCES prescription_item (visit_id, line)
);
CREATE TABLE payment (
    payment_id INTEGER PRIMARY KEY,
    visit_id INTEGER NOT NULL REFERENCES visit (visit_id),
    method VARCHAR(10) NOT NULL CHECK (method IN ('card', 'transfer', 'cash')),
    card_number VARCHAR(19),
    iban VARCHAR(34),
    amount DECIMAL(10, 2) NOT NULL CHECK (amount >= 0),
    paid_at TIMESTAMP NOT NULL
);
CREATE INDEX patient_name ON patient (last_name, first_name);
CREATE INDEX address_patient ON address (patient_id);
CREATE INDEX visit_patient ON visit (patient_id, visited_at);
CREATE INDEX payment_visit ON payment (visit_id);
CREATE VIEW department_load AS
    SELECT d.name, count(*) AS visits, avg(v.minutes) AS minutes
    FROM visit v JOIN staff s ON s.staff_id = v.staff_id JOIN department d ON d.department_id = s.department_id
    GROUP BY d.name;
