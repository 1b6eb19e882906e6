"""Who joined which class of the demo, what they handed in, and what was said to it."""

from classprojects.demo.content.shapes import Attempt, Feedback, From, Media, Submission, Work

#: class -> (person, days before the seeding)
ENROLLED = {
    "kitchen": (("devika", 60), ("zeynep", 58), ("camille", 57), ("noor", 52), ("dale", 40), ("emeka", 22)),
    "paper": (("hanna", 61), ("amina", 55), ("noor", 50), ("mateo", 44), ("roya", 20)),
    "ten-seconds": (("aiko", 49), ("emeka", 48), ("luiza", 45), ("camille", 18)),
    "poem": (("dale", 51), ("zeynep", 50), ("mateo", 46), ("roya", 43), ("noor", 16)),
}

SUBMISSIONS = (
    # A song from your kitchen
    Submission("kitchen", 1, (
        Attempt(Work("k-whistle", "devika", "audio", "Pressure cooker, fourth whistle", 54.0, note="Lid, tap, spoon, drawer, whistle. The whistle surprised me: it is two notes, and my mother counted only the second.", tags=("kitchen",), media=Media("five_sounds", ".ogg", 61, params={"things": "ltsdw"})), (
            Feedback("wanjiru", 53.2, "The whistle is a whole melody, and you found it by leaving the silence in front of it alone. Your lid has a very clear end.", "The tap and the spoon are recorded from the same distance as the rest, and they are small sounds. Go nearer. Embarrassingly near."),
            Feedback("zeynep", 52.7, "I knew that it was the fourth before the title said so. Mine has a rattle there.", "I would have liked to hear the hiss after it for longer.", remarks=((8, "This one. It is two notes, and the second leans on the first."),)),
        )),
        Attempt(Work("k-whistle", "devika", "audio", "Pressure cooker, fourth whistle, nearer", 50.6, note="Same five things, microphone in the sink for two of them.", tags=("kitchen",), media=Media("five_sounds", ".ogg", 62, params={"things": "tlsdw", "gap": 1.9})), (
            Feedback("wanjiru", 49.8, "Now the tap has a floor and the spoon a ceiling. This is a list that I could play.", "Nothing here. Take it to the loop.", done=True),
        )),
    ), hearts=("zeynep", "camille", "noor")),
    Submission("kitchen", 1, (
        Attempt(Work("k-glasses", "zeynep", "audio", "Tea glasses, and what is under them", 52.2, note="Glass, glass with tea, saucer, spoon, drawer. The full one is lower. As a chemist I knew that; as a grandmother I had never heard it.", tags=("kitchen", "tea"), media=Media("five_sounds", ".ogg", 63, params={"things": "ggsld", "gap": 1.6})), (
            Feedback("wanjiru", 51.0, "Two glasses, one of them full: that is already an interval, nearly a fourth. You have an instrument and did not say so.", "Try the same glass at three fillings. Then you have a scale and can stop.", done=True),
            Feedback("camille", 50.2, "The saucer under the second glass is the best hi-hat in this class.", "", remarks=((2, "Here."),)),
        )),
    ), hearts=("wanjiru", "camille", "devika", "dale"), shared=True),
    Submission("kitchen", 1, (
        Attempt(Work("k-breakfast", "noor", "audio", "Five sounds before breakfast", 46.4, note="Spoon, drawer, glass, tap, lid. My neighbour is in the second one.", tags=("kitchen", "morning"), media=Media("five_sounds", ".ogg", 64, params={"things": "sdgtl", "gap": 1.5})), (
            Feedback("wanjiru", 45.5, "I like that the order is the order of the morning. The neighbour may stay.", "The glass comes in while the drawer is still ringing. Give it half a second, or let them overlap on purpose and say so.", remarks=((3, "The drawer still rings when the glass begins."), (1, "Keep this silence exactly as long as it is."))),
        )),
        Attempt(Work("k-breakfast", "noor", "audio", "Five sounds before breakfast", 42.3, note="Spoon, drawer, then half a second, then the glass. The neighbour has gone to work.", tags=("kitchen", "morning"), media=Media("five_sounds", ".ogg", 65, params={"things": "sdgtl", "gap": 2.1})), (
            Feedback("wanjiru", 41.6, "There it is. The half second is the best thing in it.", "", done=True),
            Feedback("devika", 41.1, "I could lay this under my whistle without touching it.", "Perhaps the lid a little quieter than the glass."),
        )),
    ), hearts=("devika",)),
    Submission("kitchen", 1, (
        Attempt(Work("k-sticks", "dale", "audio", "The drawer that sticks", 1.2, note="It is the desk drawer, from work. Is that allowed? There is a kettle on the desk.", tags=("drawer",), media=Media("five_sounds", ".ogg", 66, params={"things": "ddslt", "gap": 1.7}))),
    )),
    Submission("kitchen", 2, (
        Attempt(Work("k-seven", "devika", "audio", "Whistle in seven", 44.8, note="Kofi's counting, my cooker.", tags=("kitchen", "loop"), sources=(From("a-drawer", "inspired_by", "counting to seven"),), media=Media("kitchen_loop", ".ogg", 67, params={"pattern": "d.sl.s.", "beat": 0.27, "bars": 8, "whistle": True})), (
            Feedback("wanjiru", 44.0, "The whistle on every second round is exactly one change, and I waited for it each time.", "Your downbeat is a hair late in rounds three and five. Look for a silence in front of the drawer; lesson 3 has the cure.", remarks=((6, "Late by about the width of a spoon."),)),
        )),
    ), hearts=("noor", "emeka")),
    Submission("kitchen", 3, (
        Attempt(Work("k-tap", "camille", "audio", "Zeynep's glasses, my tap", 43.1, note="Zeynep, your full glass could hold a note for four of my drops. My tap can only agree.", tags=("kitchen", "loop"), sources=(From("k-glasses", "sampled", "both glasses, forwards and backwards"),), media=Media("neighbour_loop", ".ogg", 68, of=("k-glasses",))), (
            Feedback("zeynep", 42.5, "I hear my shelf in Nantes! Backwards the glass fills itself.", "The bass is bigger than the kitchen. Could it be a pot?"),
            Feedback("wanjiru", 41.9, "Both kitchens are there, and they do not fight for the middle. Lovely use of the reversed glass as a breath.", "Zeynep is right about the bass.", done=True),
        )),
    ), hearts=("zeynep", "wanjiru", "noor")),
    Submission("kitchen", 3, (
        Attempt(Work("k-both", "noor", "audio", "Four whistles and a neighbour", 37.4, note="Devika, your whistle could say goodbye. My kitchen only says good morning.", tags=("kitchen", "loop"), sources=(From("k-whistle", "sampled", "the second try"), From("k-tap", "inspired_by", "the drops")), media=Media("neighbour_loop", ".ogg", 69, of=("k-whistle",), params={"pattern": "t..t.tt."})), (
            Feedback("devika", 36.8, "It is my cooker, and it is going somewhere. Thank you for keeping the hiss.", "More of the hiss."),
        )),
    ), hearts=("devika", "camille")),
    # A place you miss, in cut paper
    Submission("paper", 1, (
        Attempt(Work("p-jetty", "hanna", "image", "Three layers: the jetty in February", 56.5, alt="Cut paper: an orange sun over three hills from pale to dark blue, and a dark jetty that leads into the picture.", note="You could walk to the island. We were told not to, in a way that told us how.", tags=("paper",), media=Media("landscape", ".jpg", 71, params={"papers": ("#dfe7e8", "#9fb9c4", "#5d7f95", "#2c4257"), "sun": "#f08a5d", "thing": "jetty"})), (
            Feedback("giulia", 55.4, "The jetty is the only straight thing, and it goes to the only round one. You did not plan that; keep it.", "The second and the third edge run parallel on the left. Tear one of them again.", done=True, remarks=(((30, 55, 34, 40), "The straight thing, on its way to the round one."), ((0, 48, 30, 24), "These two edges say the same."))),
        )),
    ), hearts=("giulia", "amina", "noor", "mateo")),
    Submission("paper", 1, (
        Attempt(Work("p-amman", "noor", "image", "Three layers: Jabal al-Ashrafiyeh", 45.9, alt="Cut paper: a cream sun behind a row of sand-coloured blocks of houses, over two brown hills.", note="From the roof of my grandmother's building. The houses are the hill.", tags=("paper", "Amman"), media=Media("landscape", ".jpg", 72, params={"papers": ("#f6d9a8", "#e3a86b", "#b86b4b", "#5a3a3f"), "sun": "#fff3d6", "thing": "city"})), (
            Feedback("giulia", 45.1, "“The houses are the hill”: yes, and you cut them from the same sheet, so the paper says it too.", "Photograph it an hour later. Your shadows fall upwards, which is what lamps do, not suns.", remarks=(((8, 30, 60, 30), "The shadows under these."),)),
            Feedback("hanna", 44.6, "I thought that I missed snow. Now I miss your roof.", ""),
        )),
    ), hearts=("giulia", "hanna", "roya"), shared=True),
    Submission("paper", 1, (
        Attempt(Work("p-ngor", "amina", "image", "Trois couches : l'île de Ngor", 48.8, alt="Cut paper: a red sun over turquoise hills and a dark blue sea, a white sailing boat, and sand in front.", note="La pirogue est celle de mon oncle, sauf la voile, qui est à moi.", language="fr", tags=("paper",), media=Media("landscape", ".jpg", 73, params={"papers": ("#bfe3dd", "#4fa3a5", "#24718a", "#e8c07d"), "sun": "#f4623a", "thing": "island"})), (
            Feedback("giulia", 47.9, "The sand in front is paler than the sea behind it, against the rule, and it works, because it is where we stand.", "One paper more between boat and beach, even a thin one, would let the boat float.", done=True),
        )),
    ), hearts=("noor", "hanna")),
    Submission("paper", 2, (
        Attempt(Work("p-way", "noor", "image", "The way to my aunt's", 39.7, alt="A hand-drawn map with hills and a lake of green; a dashed dark red way climbs from lower left to upper right.", note="I steer by: the smell of the bakery, the broken step, the radio that is always on.", tags=("paper", "map"), media=Media("hand_map", ".jpg", 74, params={"paper": "#f6e3c5", "ink": "#3a2430", "route": "#8c1f3b", "wash": "#8fb08a", "hilly": True}))),
    ), hearts=("aiko",)),
    Submission("paper", 3, (
        Attempt(Work("p-night", "amina", "image", "La fenêtre d'en face", 40.5, alt="A white arched window in a sand-coloured wall; behind its panes the paper houses of the classmate's picture at night under a moon.", note="Noor, je suis en face. It is two in the morning there, and you have left the hill on.", tags=("paper",), sources=(From("p-amman", "built_on", "her hill, turned to night"),), media=Media("over_horizon", ".jpg", 75, of=("p-amman",), params={"paper": "#e7cdb0", "sun": "#fff3d6"})), (
            Feedback("noor", 39.9, "I have lived opposite this window for all my life, and nobody ever drew it from inside.", "The plant is asleep. Could it lean?"),
            Feedback("giulia", 39.2, "Her horizon is still hers, and the picture is yours. This is what the assignment is for.", "", done=True),
        )),
    ), hearts=("noor", "giulia", "hanna", "mateo", "roya")),
    # Ten seconds, no cuts
    Submission("ten-seconds", 1, (
        Attempt(Work("f-steam", "aiko", "video", "Steam, 06:40", 44.2, alt="A white cup with a red rim on a table by a window; steam rises from it and bends to the right.", note="Eleven minutes. Then the cat, so I began again.", tags=("one thing moves",), media=Media("steam", ".mp4", 81)), (
            Feedback("linh", 43.4, "The steam bends where there is no wind, so now there is a room around the frame that we cannot see.", "Your clock is in the sound. Is that one thing, or two? Decide, then keep it.", done=True),
            Feedback("luiza", 42.8, "I want to see where it goes back to.", "", remarks=((4, "It bends here, and I bent with it."),)),
        )),
    ), hearts=("linh", "luiza", "camille", "emeka")),
    Submission("ten-seconds", 1, (
        Attempt(Work("f-fan", "emeka", "video", "Fan, shop closed", 43.0, alt="A ceiling fan turns over an empty shop with a red bench and a yellow door.", note="No light, then light. I waited for the second one: twenty-five minutes.", tags=("one thing moves",), media=Media("fan", ".mp4", 82)), (
            Feedback("joonho", 42.0, "The bench is looking at the fan. I cannot stop seeing it.", "Leave the first second before it moves. You waited for it; let us wait too.", remarks=((0, "Begin half a second earlier."),)),
        )),
    ), hearts=("joonho",)),
    Submission("ten-seconds", 3, (
        Attempt(Work("f-back", "luiza", "video", "Steam, returned", 36.1, alt="The cup again, in blue: the steam comes down from the window and goes back into the cup.", note="Aiko, devolvi. Backwards it is a cup that remembers.", tags=("one thing moves",), sources=(From("f-steam", "built_on", "run backwards, and colder in the middle"),), media=Media("backwards", ".mp4", 83, of=("f-steam",))), (
            Feedback("aiko", 35.5, "ありがとう。My cup has never been full before.", "The blue could come later, when we have understood the direction."),
            Feedback("linh", 34.9, "An answer and not an effect: the question was where it goes.", "", done=True),
        )),
    ), hearts=("aiko", "linh", "emeka")),
    # A poem that travels
    Submission("poem", 1, (
        Attempt(Work("w-frame", "dale", "text", "Sorting frame", 47.5, "Forty-eight mouths, none of them hungry.\nI feed them by the first three numbers.\n\nSome mornings one is fuller than the rest:\nsomebody out there is getting married, or sued.\n\nThe bottom row is knees. The top row is faith.\nAt noon I sweep what fell between two towns.\n\nThere is a space that has no name on it.\nI put my lunch there. It has always come.", note="A wooden frame with 48 pigeonholes, for letters. Heavier than me.", tags=("poem",)), (
            Feedback("ewan", 46.6, "“The bottom row is knees. The top row is faith.” I missed a green light over that.", "Line two explains line one. Try the poem without it.", done=True, remarks=(("I feed them by the first three numbers", "This explains the line before."), ("There is a space that has no name on it", "Here I stopped reading, and began again."))),
            Feedback("zeynep", 46.0, "I can carry this. The numbers will be the hard part.", ""),
        )),
    ), hearts=("ewan", "roya", "zeynep", "mateo"), shared=True),
    Submission("poem", 1, (
        Attempt(Work("w-bardak", "zeynep", "text", "Çay bardağı", 46.2, "Beli var, karnı yok.\nİnce yerinden tutulur, kavga gibi.\n\nBoşken çınlar, doluyken susar;\ntersini bilirim insanların.\n\nGüneşe kaldırdım: bir orman yandı içinde.\nMasaya koydum: söndü.\n\nKırılanın yerine altıncısı alındı.\nHâlâ beş kişiyiz, altı bardak.", language="tr", note="A tea glass. It has a waist and no belly; held where it is thin, like a quarrel. Lines 7 and 8: a sixth was bought for the one that broke. We are still five, with six glasses.", tags=("poem", "tea")), (
            Feedback("rania", 45.3, "The last line counts, and by counting it says who is missing. Do not let any translator explain it.", "Does “kavga gibi” want to be there, or does it want to be liked?"),
        )),
        Attempt(Work("w-bardak", "zeynep", "text", "Çay bardağı", 43.8, "Beli var, karnı yok.\nİnce yerinden tutulur.\n\nBoşken çınlar, doluyken susar;\ntersini bilirim insanların.\n\nGüneşe kaldırdım: bir orman yandı içinde.\nMasaya koydum: söndü.\n\nKırılanın yerine altıncısı alındı.\nHâlâ beş kişiyiz, altı bardak.", language="tr", note="The quarrel is out. A tea glass: it has a waist and no belly, and one holds it where it is thin. Lines 7 and 8: a sixth was bought for the one that broke. We are still five, with six glasses.", tags=("poem", "tea")), (
            Feedback("rania", 43.0, "Yes. Now the thin place is really thin.", "", done=True),
        )),
    ), hearts=("rania", "noor")),
    Submission("poem", 1, (
        Attempt(Work("w-llave", "mateo", "text", "Destornillador", 41.4, "Media vuelta es una pregunta.\nDos, una amistad.\n\nMi padre lo prestaba diciendo: vuelve.\nNo sé si al hombre o al fierro.\n\nEl mango tiene la forma de un sí\ngastado por los que dudaban.\n\nHay un tornillo en la casa que no gira.\nTodos sabemos cuál. Nadie lo nombra.", language="es", note="A screwdriver. The third couplet: the handle has the shape of a yes, worn by those who hesitated.", tags=("poema",)), (
            Feedback("noor", 15.2, "“Dos, una amistad.” I will try to carry this one as soon as I am through my own eight lines.", ""),
        )),
    )),
    Submission("poem", 2, (
        Attempt(Work("w-qafase", "roya", "text", "قفسهٔ نامه‌ها", 38.3, "چهل و هشت دهان، هیچ‌کدام گرسنه نه.\nبا سه رقم اول سیرشان می‌کنم.\n\nبعضی صبح‌ها یکی پرتر از بقیه است:\nآن بیرون کسی عروس می‌شود، یا به دادگاه می‌رود.\n\nردیف پایین زانوست. ردیف بالا ایمان.\nظهر، هرچه میان دو شهر افتاده جارو می‌کنم.\n\nیک خانه نامی ندارد.\nناهارم را آنجا می‌گذارم. همیشه رسیده است.", language="fa", note="At the border: “sued” is one hard word in English and a walk to the court in Persian, so that the person now has to go on foot. Larger on this side: faith, which rhymes with nothing but is in every second song.", tags=("poem",), sources=(From("w-frame", "translated"),)), (
            Feedback("dale", 37.7, "I cannot read it, so I looked at it for a long time. The last line is shorter than mine. Good.", ""),
            Feedback("rania", 37.0, "The walk to the court is better than the original lawsuit. Leave it.", "In the last line, “رسیده است” can be read as a letter or as a fruit. Keep both.", done=True),
        )),
    ), hearts=("dale", "rania", "noor", "ewan"), shared=True),
    Submission("poem", 2, (
        Attempt(Work("w-kaas", "dale", "text", "Tea glass", 35.8, "It has a waist and no belly.\nYou hold it where it's thin.\n\nEmpty, it rings; full, it keeps quiet.\nThe people I know do it the other way.\n\nI held it to the sun: a forest burned in there.\nI set it down: out.\n\nThey bought a sixth for the one that broke.\nWe're five, still. Six glasses.", note="From Zeynep's own prose, a dictionary, and her reading it to me twice over a bad line. At the border: “çınlar”, which is ring and also the ears when somebody far off talks about you.", tags=("poem", "tea"), sources=(From("w-bardak", "translated", "after the second version"),)), (
            Feedback("zeynep", 35.1, "“Out.” One word, and the kitchen is dark. I wept a little, and then I counted the glasses.", ""),
        )),
    ), hearts=("zeynep", "noor")),
    Submission("poem", 3, (
        Attempt(Work("w-aloud", "mateo", "audio", "Sorting frame, its tune", 33.0, note="Dale's eight lines, hummed in a lift. It goes down at the end of every couplet but the last.", tags=("poem", "hum"), sources=(From("w-frame", "performed", "the tune only"),), media=Media("read_aloud", ".ogg", 91, params={"root": "G2", "lines": 4}))),
    ), hearts=("dale",)),
)
