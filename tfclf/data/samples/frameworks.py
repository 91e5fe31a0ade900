"""The frameworks that bind the sample contracts, and the words in which contracts speak of them."""

from __future__ import annotations

from typing import NamedTuple


class Framework(NamedTuple):
    """A law or a standard, and how contracts speak of it without its name.

    Attributes:
        share: Share of the contracts that it binds, in [0, 1].
        sectors: The sectors in which it is more frequent than elsewhere.
        clauses: Sentences that bind the parties to it.
        decoys: Sentences in the same words that do not.
        subject: What contracts under it are called, where they are called after it.
    """

    share: float
    sectors: tuple[str, ...]
    clauses: tuple[str, ...]
    decoys: tuple[str, ...]
    subject: str | None = None


# The rarer a framework, the more of its words occur under others and where nothing is bound.
FRAMEWORKS = {
    "GDPR": Framework(
        0.40,
        ("retail", "health", "public"),
        (
            "Personal data is processed only on documented instructions of {party}.",
            "Data subjects may have their personal data corrected or erased by {party}.",
            "A breach of personal data is told to the supervisory authority within {days}.",
            "Personal data leaves the Union only under standard contractual clauses.",
            "{party} names an officer for the protection of personal data.",
            "An impact assessment precedes any new processing of personal data.",
        ),
        (
            "Data of {unit} is processed on documented instructions of {party}.",
            "An assessment of {unit} is told to the supervisory board within {days}.",
        ),
        subject="data protection",
    ),
    "ISO 27001": Framework(
        0.28,
        ("technology", "industry"),
        (
            "{party} runs an information security management system for {unit}.",
            "Information security risks are assessed {each} and treated by a plan.",
            "A statement of applicability in {annex} lists the information security controls.",
            "The information security of {unit} is certified by an accredited body.",
            "The information security policy is reviewed by management {each}.",
            "Breaches of the information security rules are told to {party} within {days}.",
        ),
        (
            "{party} runs the management system of {unit} and lists it in {annex}.",
            "Fire safety of {unit} is certified by an accredited body.",
        ),
        subject="information security",
    ),
    "SOX": Framework(
        0.22,
        ("finance", "industry"),
        (
            "Internal controls over financial reporting of {unit} are tested {each}.",
            "The chief financial officer certifies the controls over financial reporting.",
            "Weak controls over financial reporting are told to the audit committee.",
            "Entries for the financial reporting of {unit} are approved by a second person.",
            "Changes to systems for financial reporting are approved and evidenced.",
            "External auditors may test the controls of {party} over financial reporting.",
        ),
        (
            "The officer of {party} tests and certifies {unit} {each}.",
            "The accounts of {party} are settled within {days}.",
        ),
        subject="financial reporting",
    ),
    "PCI DSS": Framework(
        0.18,
        ("retail", "finance"),
        (
            "Cardholder data is encrypted and card numbers are masked in {unit}.",
            "An approved vendor scans the payment card network {each}.",
            "The security code of a payment card is never stored by {party}.",
            "Payment card terminals of {unit} are inspected {each} for tampering.",
            "{party} attests {each} that cardholder data is protected.",
            "Systems with payment card numbers are kept apart from other networks.",
        ),
        (
            "Payment is due within {days}, by transfer to the account in {annex}.",
            "An approved vendor scans the network of {unit} {each}.",
        ),
        subject="card payment",
    ),
    "HIPAA": Framework(
        0.15,
        ("health",),
        (
            "Health information of patients is used only as far as treatment requires.",
            "{party} signs as a business associate for health information of patients.",
            "Patients may ask who has seen their health information.",
            "A breach of health information of patients is told within {days}.",
            "Health information of patients is stripped of identifiers before research.",
            "Staff of {unit} see the least health information of patients that will do.",
        ),
        (
            "The health and safety of staff in {unit} is the duty of {party}.",
            "Staff of {unit} see the least of the records of {party} that will do.",
        ),
        subject="health information",
    ),
    "CCPA": Framework(
        0.13,
        ("retail", "technology"),
        (
            "Consumers may opt out of the sale of their information.",
            "A link tells consumers that they may refuse the sale of their information.",
            "Consumers learn {each} which categories of information were sold.",
            "{party} does not treat consumers worse who ask for deletion.",
            "Information of consumers is deleted within {days} when they ask.",
            "{party} certifies that it neither sells nor keeps information of consumers.",
        ),
        (
            "The sale of {unit} may be refused by {party} within {days}.",
            "{party} may opt out of the newsletter of {unit}.",
        ),
        subject="consumer information",
    ),
    "SOC 2": Framework(
        0.115,
        ("technology",),
        (
            "{party} hands over {each} the attestation report of an independent auditor.",
            "Security, availability and confidentiality of {unit} are attested {each}.",
            "Exceptions in the attestation report are explained within {days}.",
            "A bridge letter covers the months after the attestation report.",
            "The attestation report covers the operation of controls over the period.",
            "Controls of the user that the attestation report assumes stand in {annex}.",
        ),
        (
            "The availability of {unit} is reported {each}.",
            "{party} may ask for an independent opinion at its own cost.",
        ),
        subject="attestation",
    ),
    "NIS2": Framework(
        0.10,
        ("industry", "public"),
        (
            "An early warning of a significant incident goes to the authority within {days}.",
            "{party} counts as an essential entity and registers {unit}.",
            "Management is trained in cyber risks and answers for the measures.",
            "Incidents that disturb the supply of the public are told to the authority.",
            "The security of direct suppliers of {unit} is weighed {each}.",
            "The national authority may inspect {unit} and give binding instructions.",
        ),
        (
            "An incident at {unit} is told to {party} within {days}.",
            "{party} registers its suppliers in the portal.",
        ),
    ),
    "AML": Framework(
        0.09,
        ("finance",),
        (
            "The beneficial owner of each customer is identified before business begins.",
            "Suspicious transactions are told to the intelligence unit, not to the customer.",
            "Politically exposed persons are accepted by senior management only.",
            "Customers are screened against lists {each}, and the source of funds is asked.",
            "Identity papers of customers are kept for years after business ends.",
            "Transactions of {unit} without an economic reason are examined.",
        ),
        (
            "The owner of {unit} is identified in {annex}.",
            "Transactions of {unit} are listed {each} for the customer.",
        ),
    ),
    "DORA": Framework(
        0.08,
        ("finance", "technology"),
        (
            "A register of all providers that support critical functions is kept.",
            "The resilience of critical functions is tested {each} by an attack under threat.",
            "An exit plan keeps critical functions running when {party} ends.",
            "The authority of the markets may inspect the provider of critical functions.",
            "Incidents of the bank's providers are classified and told within {days}.",
            "Providers all on one cloud are weighed as a risk to the institution.",
        ),
        (
            "A register of keys to {unit} is kept by {party}.",
            "The exit of {unit} is kept free and tested {each}.",
        ),
    ),
    "NIST 800-53": Framework(
        0.075,
        ("public", "technology"),
        (
            "Controls of the moderate baseline are tailored in the system security plan.",
            "The system owner assesses the controls {each} and keeps a plan of milestones.",
            "Control families of {unit} are mapped in {annex}.",
            "The system is categorized by impact before controls are chosen.",
            "An authorizing official accepts the risk that remains in {unit}.",
            "Weak controls enter a plan of action and milestones within {days}.",
        ),
        (
            "Milestones of {unit} stand in the plan in {annex}.",
            "The owner of the system chooses its colours in {annex}.",
        ),
    ),
    "MiFID II": Framework(
        0.07,
        ("finance",),
        (
            "Orders of clients are executed on the terms that are best for them.",
            "Whether a product suits the client is asked and recorded before advice.",
            "Calls that lead to an order are recorded and kept by {party}.",
            "Fees paid by third parties are shown to the client or passed on.",
            "Trades of {unit} are reported by the next working day.",
        ),
        (
            "Orders of {party} are executed within {days} on the terms of {annex}.",
            "Calls to the support of {unit} are recorded and kept for {days}.",
        ),
    ),
    "GLBA": Framework(
        0.065,
        ("finance", "retail"),
        (
            "Customers get a notice {each} of what is shared with affiliates.",
            "Customers of the bank may refuse that information goes to third parties.",
            "A written programme guards what is known of borrowers.",
            "Nobody may obtain information on an account under a pretext.",
            "One person answers to the board for the safety of customer information.",
        ),
        (
            "Customers get a notice within {days} when {unit} moves.",
            "Information on {unit} is shared with affiliates of {party}.",
        ),
    ),
    "FERPA": Framework(
        0.06,
        ("public",),
        (
            "Records of students go to nobody without consent of a parent.",
            "Consent passes to the student at the age of eighteen.",
            "Parents may see the records of {unit} within {days} and have them corrected.",
            "A directory of the school may be published unless a parent refuses.",
            "Grades are used by {party} for purposes of the school only.",
        ),
        (
            "Consent of the parent company is needed before records go to {party}.",
            "Students may work in {unit} at the age of eighteen.",
        ),
    ),
    "COPPA": Framework(
        0.055,
        ("retail", "technology"),
        (
            "Nothing is collected from users under thirteen before a parent consents.",
            "A parent may see and delete what {unit} has collected.",
            "Games do not ask for more information than playing needs.",
            "The consent of a parent is verified, by a call or a small payment.",
            "Users are asked for their year of birth before they enter {unit}.",
        ),
        (
            "Users of {unit} are adults, their age is verified by {party}.",
            "Games and prizes of {unit} need the consent of {party}.",
        ),
    ),
    "FedRAMP": Framework(
        0.05,
        ("public", "technology"),
        (
            "The cloud of {party} is authorized by an agency before it goes live.",
            "Scans of the cloud are sent to the agency each month.",
            "A third party accredited by the government assesses the cloud {each}.",
            "Changes to the boundary of the cloud are approved by the agency.",
            "Data of the agency rests in regions for government only.",
        ),
        (
            "The agency of {party} goes live in the cloud within {days}.",
            "Changes to the cloud of {unit} are approved by {party} each month.",
        ),
    ),
    "ITAR": Framework(
        0.045,
        ("industry", "public"),
        (
            "Technical data is shown to no foreign person without a licence.",
            "Drawings stay in the country and on systems run by its citizens.",
            "Visitors to {unit} are asked for their nationality.",
            "{party} is registered with the directorate as a maker of listed articles.",
            "Parts made to military drawings leave the country by licence only.",
        ),
        (
            "Technical data sheets of {unit} are shown to anybody.",
            "Drawings leave {unit} with the licence of {party}, in any country.",
        ),
    ),
    "GxP": Framework(
        0.04,
        ("health", "industry"),
        (
            "Electronic records of a batch carry an audit trail and a signature.",
            "Systems of {unit} are validated before use, and again after changes.",
            "Deviations in making are recorded, explained and closed within {days}.",
            "A qualified person releases each batch.",
            "Training of staff is recorded before they work on a trial.",
        ),
        (
            "Electronic signatures are accepted, records are released in a batch each month.",
            "Changes to {unit} are recorded, explained and closed within {days}.",
        ),
    ),
    "REACH": Framework(
        0.035,
        ("industry",),
        (
            "What is in the goods is registered with the agency above a ton a year.",
            "Safety data sheets are passed down the chain of suppliers.",
            "Articles with substances on the list are told to the customer within {days}.",
            "Uses that need an authorization end at the sunset date.",
            "{party} asks its suppliers {each} what their goods contain.",
        ),
        (
            "What is in {unit} is registered with the insurer, with its date and price.",
            "{party} asks its suppliers {each} what their goods cost.",
        ),
    ),
    "CSRD": Framework(
        0.032,
        ("industry", "retail"),
        (
            "The report covers emissions along the whole chain of suppliers.",
            "What matters is weighed both ways: for {party} and for the world around it.",
            "Figures on water, waste and staff are assured by the auditor.",
            "{party} hands over {each} what the goods cost the climate.",
            "Aims and progress on pay and diversity are reported {each}.",
        ),
        (
            "The report of {unit} covers waste, staff and progress of the work.",
            "Figures on {unit} are handed over {each} to the auditor.",
        ),
    ),
    "Basel III": Framework(
        0.03,
        ("finance",),
        (
            "Own funds are held against the risks of {unit}.",
            "A buffer is held that lasts for a month of stress.",
            "The ratio of debt to means of one's own is reported {each}.",
            "Losses of {unit} are modelled and backed by capital.",
            "Long loans rest on long money, as reported {each}.",
        ),
        (
            "A buffer of spare parts is held that lasts for a month.",
            "The risks and losses of {unit} are reported {each} to {party}.",
        ),
    ),
}
