"""The people of the demo. None of them exists."""

from classprojects.demo.content.shapes import Person

PASSWORD = "learn-by-making"  # noqa: S105  (printed at the start of every demo)

#: where the clocks of the demo's people stand
ZONES = {
    "PT": "Europe/Lisbon", "KE": "Africa/Nairobi", "JO": "Asia/Amman", "SE": "Europe/Stockholm", "CZ": "Europe/Prague",
    "CL": "America/Santiago", "JP": "Asia/Tokyo", "IN": "Asia/Kolkata", "BR": "America/Recife", "GH": "Africa/Accra",
    "IE": "Europe/Dublin", "VN": "Asia/Ho_Chi_Minh", "NG": "Africa/Lagos", "FI": "Europe/Helsinki", "EG": "Africa/Cairo",
    "IT": "Europe/Rome", "BG": "Europe/Sofia", "FR": "Europe/Paris", "PE": "America/Lima", "KR": "Asia/Seoul",
    "SN": "Africa/Dakar", "US": "America/Chicago", "IR": "Asia/Tehran", "GB": "Europe/London", "TR": "Europe/Istanbul",
}


def face(skin: str, hair: str, ground: str, coat: str, cut: str, **more: bool) -> dict:
    return {"skin": skin, "hair": hair, "ground": ground, "coat": coat, "cut": cut, **more}


PEOPLE = (
    Person("ines", "Inês Carvalho", "PT", "pt", "Community team. I write some of the prompts and read every reply that nobody has answered yet. Before this I ran a library van in the Alentejo.", face("#d9a27c", "#3a2418", "#f2c14e", "#2a4bd7", "bun"), 190, "staff@demo.test", "staff"),
    Person("wanjiru", "Wanjiru Kamau", "KE", "en", "I make music from things that were not built for it. I taught physics in Nairobi for eleven years, and I still think a lid is the best lesson about waves.", face("#5a3825", "#14110e", "#7ba7a6", "#c8321c", "curls", glasses=True), 180, "instructor@demo.test", "instructor"),
    Person("noor", "Noor Haddad", "JO", "ar", "Pharmacist in Amman. Arabic at home, English at work, and poems on the backs of leaflets. I joined to finish things.", face("#c98f63", "#2a4bd7", "#f4d9b6", "#1b1612", "scarf"), 120, "subscriber@demo.test", "", "subscription"),
    Person("teo", "Teo Lindqvist", "SE", "sv", "Night porter in Gävle. I record whatever is awake at four in the morning, which is mostly kettles.", face("#f0c9a4", "#c9a15a", "#8fa6ff", "#1c6b45", "short"), 96, "free@demo.test"),
    Person("julia", "Julia Benešová", "CZ", "cs", "Train conductor on the Ostrava line, microphone in the lunchbox.", face("#ecbf9a", "#6b3a24", "#e9a6a6", "#27408b", "long"), 175),
    Person("mateo", "Mateo Rojas", "CL", "es", "Traduzco manuales de día y poemas de noche. Four strings, no teacher.", face("#c68c63", "#1b1612", "#a4d48e", "#7a3e9d", "short", beard=True), 170, membership="gift"),
    Person("aiko", "Aiko Tanabe", "JP", "ja", "地図と猫と影。I draw maps for a hiking magazine in Nagano and wrong maps for myself.", face("#f0cfae", "#1b1612", "#f4d9b6", "#3f8f9b", "bun", glasses=True), 165, membership="scholarship"),
    Person("devika", "Devika Rao", "IN", "hi", "Textile conservator in Jaipur. I know what sixty washes do to red. हिन्दी में भी लिखती हूँ।", face("#9c6844", "#14110e", "#f2b134", "#c8321c", "long"), 160, membership="subscription"),
    Person("luiza", "Luiza Prates", "BR", "pt", "Monto filmes curtos no ônibus, entre Olinda e Recife. I cut to the sound, never the other way round.", face("#8d5a3b", "#2b1b14", "#e9a6a6", "#2f8f5b", "curls"), 158, membership="subscription"),
    Person("kofi", "Kofi Mensah", "GH", "en", "Drummer and locksmith in Kumasi. Both are about patience and small metal.", face("#4a2c1e", "#14110e", "#f6c453", "#2a6fdb", "short", beard=True), 150),
    Person("sorcha", "Sorcha Ní Bhriain", "IE", "ga", "I sing in kitchens and write on ferries. School secretary in Galway.", face("#f3d3ba", "#b5502b", "#7fb8c9", "#1c6b45", "long"), 148),
    Person("linh", "Linh Trần", "VN", "vi", "Animator in Đà Nẵng. I like films in which one thing moves and everything else pays attention.", face("#e3b58c", "#14110e", "#f4d9b6", "#e8573f", "bun"), 146, role="instructor"),
    Person("emeka", "Emeka Obi", "NG", "en", "Beats from Enugu. My day job is elevators, so I know about waiting.", face("#4f2f1f", "#14110e", "#8fa6ff", "#f2b134", "short", glasses=True), 140, membership="subscription"),
    Person("hanna", "Hanna Sipilä", "FI", "fi", "Paper, scissors, ice. I keep the harbour log in Kotka.", face("#f3d8c0", "#d8b978", "#9fb9c4", "#24435f", "long"), 138, membership="gift"),
    Person("rania", "Rania Mansour", "EG", "ar", "أترجم من الإسبانية والإنجليزية. Translator in Alexandria; I teach with Ewan because we disagree about commas.", face("#c08a63", "#1b1612", "#e4b7a0", "#7a3e9d", "curls", glasses=True), 136, role="instructor"),
    Person("giulia", "Giulia Ferrante", "IT", "it", "I have made stage sets from paper in Trieste since 1994. Glue is optional, shadows are not.", face("#e8b891", "#8c8c8c", "#f2c14e", "#1b1612", "bun", glasses=True), 134, role="instructor"),
    Person("pavel", "Pavel Dimitrov", "BG", "bg", "Choir bass from Plovdiv and weekend baker. Everything sounds better in thirds.", face("#e6b995", "#5b4636", "#a4d48e", "#8c3b4a", "short", beard=True), 128),
    Person("camille", "Camille Aubry", "FR", "fr", "Accordeuse de pianos, à Nantes. I collect the sound that doors make before they are oiled.", face("#f0c7a2", "#3a2418", "#8cc0c9", "#c8321c", "short"), 124, membership="subscription"),
    Person("marisol", "Marisol Quispe", "PE", "es", "Tejedora de Puno. My grandmother's first row, my mother's second; I post the third.", face("#a8704a", "#14110e", "#e07a3f", "#1f4e5f", "long"), 122),
    Person("joonho", "Park Joon-ho", "KR", "ko", "I repair projectors in Busan and film lifts. 한 번에 하나만.", face("#ecc49c", "#14110e", "#bfd7d9", "#23304a", "short", glasses=True), 118, role="instructor"),
    Person("amina", "Amina Diallo", "SN", "fr", "Postière à Ngor. Je photographie les portes avant de frapper.", face("#5a3424", "#2a4bd7", "#ffcf6b", "#e4572e", "scarf"), 112, membership="gift"),
    Person("dale", "Dale Novak", "US", "en", "Sorting clerk at the lost property desk of a bus company in Duluth. I write down what people leave behind.", face("#edc3a0", "#8a6b4f", "#9fb9c4", "#b3322a", "short"), 108, membership="subscription"),
    Person("roya", "Roya Karimi", "IR", "fa", "خط، جوهر، یک نفس. Ink and Persian; calligraphy students call me strict.", face("#dcab84", "#1b1612", "#d8c3e8", "#14161d", "long"), 104, membership="scholarship"),
    Person("ewan", "Ewan Pritchard", "GB", "cy", "Poet and school bus driver in Gwynedd. I count lines at red lights.", face("#f0c9a9", "#9c9c9c", "#6bd39b", "#3b2a26", "short", beard=True, glasses=True), 100, role="instructor"),
    Person("zeynep", "Zeynep Aydın", "TR", "tr", "Tea, glassware, grandchildren. Retired chemist in İzmir; I measure in handfuls now.", face("#e0b08a", "#b9b4ae", "#e4572e", "#23408e", "curls", glasses=True), 92, membership="subscription"),
)
