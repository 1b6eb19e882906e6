"""The class projects of the demo: what they teach, lesson by lesson."""

from classprojects.demo.content.shapes import Assignment, ClassProject, Lesson, Media
from classprojects.demo.media.slides import Slide


def captions(*cues: tuple[float, float, str]) -> str:
    """WebVTT from (start, end, words), seconds."""

    def moment(seconds: float) -> str:
        return f"00:{int(seconds // 60):02}:{seconds % 60:06.3f}"

    return "WEBVTT\n\n" + "\n\n".join(f"{moment(start)} --> {moment(end)}\n{words}" for start, end, words in cues) + "\n"


def spoken(*cues: tuple[float, float, str]) -> str:
    """The same words without their times, for a transcript."""
    return "\n\n".join(words for _, _, words in cues)


KITCHEN_CUES = (
    (0.0, 3.4, "[A glass rings] A glass holds water, and one note."),
    (3.6, 7.0, "[A lid settles] A lid says the same thing faster and faster, until it has said it."),
    (7.2, 10.6, "[A drawer closes] A drawer is a drum with things in it."),
    (10.8, 14.2, "[A spoon rings] A spoon answers. Hit it where it is thin."),
    (14.4, 18.0, "[Kalimba] Today you find five. You do not make music yet. You only find out what is there."),
)
LISTEN_CUES = (
    (0.0, 3.0, "[A glass, twice] First the glass. The second hit is higher: there is less water in it."),
    (3.1, 5.1, "[Water drips] The tap. Count the gap, not the drop."),
    (5.2, 7.2, "[A lid settles] The lid. Where does it stop being a sound and become a rhythm?"),
    (7.3, 9.3, "[A spoon, five times] The spoon, loud and soft."),
    (9.4, 12.4, "[A drawer closes] The drawer. Leave it room."),
    (12.6, 22.5, "[All five as a loop] And now all of them, in turn, at one speed. Nothing was added."),
)
LAYER_CUES = (
    (0.0, 3.4, "[Soft chords] Begin with the paper that is furthest away. It is the palest one. Air does that."),
    (3.6, 7.0, "Now the sun, before anything can hide it."),
    (7.2, 10.6, "A nearer paper is darker. Tear it or cut it, but decide which."),
    (10.8, 14.2, "Let each edge disagree with the one behind it. Parallel hills are wallpaper."),
    (14.4, 18.0, "Do not glue yet. Lift a layer with one finger, and see the shadow arrive."),
)
PLATE_CUES = (
    (0.0, 2.5, "[Soft chords] Warm papers. The sun is low and at the left."),
    (2.6, 5.1, "The sun is in the middle."),
    (5.2, 7.7, "The sun is high and at the right."),
    (7.8, 10.3, "Cold papers. The sun is low and at the left."),
    (10.4, 12.9, "The sun is in the middle."),
    (13.0, 15.6, "The sun is high and at the right. Nothing else has changed."),
)
BALL_CUES = (
    (0.0, 3.4, "[Kalimba] Before you film, look for one minute. Something in this room is going to move."),
    (3.6, 7.0, "Put the camera down on something that does not breathe: a shelf, a stack of books."),
    (7.2, 10.6, "If the frame is still, the eye has nothing to do but follow."),
    (10.8, 14.2, "So give it one thing. Not two. Two things are a conversation."),
    (14.4, 18.0, "And wait. The good second is nearly always after the one in which you wanted to stop."),
)
LINE_CUES = (
    (0.0, 3.4, "[Soft chords] Here is a poem of five lines. It has been happy where it is."),
    (3.6, 7.0, "Carry each line across plainly. Ugly is fine. Nobody is looking."),
    (7.2, 10.6, "Some lines arrive longer. Those are the ones that tell you about your language."),
    (10.8, 14.2, "Read it aloud and give back the lengths: not of the letters, of the breath."),
    (14.4, 18.0, "Then close the original and make it true on this side."),
)
RHYTHM_CUES = (
    (0.0, 1.0, "[Silence]"),
    (1.0, 7.2, "[Hummed, even and falling] One line as its maker says it. Hear the long place in the middle."),
    (7.6, 13.8, "[Hummed, hurried] The same line, carried across plainly. All the syllables came along, and nobody looked after them."),
    (14.2, 20.8, "[Hummed, walking] Mended: two small words went home, and the long place is back."),
)
SOUND_CUES = (
    (0.0, 5.4, "[Four steps, something drags, a low knock] Ten seconds of sound. Do not decide yet what it is."),
    (5.5, 10.9, "[Nearly silence] Here nothing happens. Leave it empty: that is where your picture will be looked at."),
    (11.0, 15.4, "[The same again] Again. By now you have seen something. That is your film."),
    (15.5, 20.0, "[Four kalimba notes, rising] And this is the only music: four notes, after it is over."),
)


CLASSES = (
    ClassProject("kitchen", "A song from your kitchen", "a one-minute piece of music made only of sounds from your own kitchen, with one of them lent to you by a classmate",
        "You need a phone, a kitchen and twenty minutes at a time. No instrument, no notes, no headphones that cost anything.\n\nWe start by finding out what the room already plays. Then you cut five sounds so that they begin when you say so, lay them in a loop that can be listened to for longer than it lasts, and build the last piece on something that a classmate recorded.\n\nIt runs at your own pace. I listen to everything that is handed in, usually in the evening, Nairobi time.",
        "audio", "beginner", (("wanjiru", "Taught physics for eleven years; now makes records from lids."),), Media("kitchen", ".jpg", 101), "A print of a kitchen shelf: a red pot that sends out rings of sound, a kettle, three tea glasses and four hanging spoons.", 84, (
        Lesson("What a kitchen already plays", 4, "This lesson is told in captions over music; there is no voice to miss.\n\nWatch it once. Then stand in your own kitchen for two minutes without touching anything, and write down what you hear, nearest first. Most people stop at the fridge. Go on to the pipe, the window, the neighbour.\n\n**Then touch five things.** One that rings, one that knocks, one that rubs, one that pours, and one that you have never heard on purpose.", Media("lesson", ".mp4", 111, params={"drawing": "rings", "papers": ("#ffd98a", "#f6ecd9", "#ffb199", "#cfe3dd", "#f6ecd9"), "slides": (Slide(3.6, "A glass\nholds a note"), Slide(3.6, "A lid hurries"), Slide(3.6, "A drawer\nis a drum"), Slide(3.6, "A spoon\nanswers"), Slide(3.6, "Find five", "One that rings, one that knocks,\none that rubs, one that pours,\none you never heard on purpose."))}), captions(*KITCHEN_CUES), spoken(*KITCHEN_CUES), True),
        Assignment("Five sounds, one after the other", "Record five things from your kitchen, one after the other, with a breath of silence between them. No effects and no rhythm: you are making a list.\n\nIn the note, name them in order and say which one surprised you.", ("audio",), 15, starters=("a-kettle",), feedback_to=1),
        Lesson("Listening round", 5, "Put on headphones if you have some, and close your eyes. Each sound comes once, alone; at the end they come together.\n\nWhile you listen, answer one question for each: **where does it begin?** Not where your hand begins. A drawer begins long before it bangs; a glass begins at once. That difference is what the next lesson cuts.", Media("lesson_listening", ".ogg", 112), captions(*LISTEN_CUES), spoken(*LISTEN_CUES)),
        Lesson("Cut it so that it starts on time", 6, "A loop limps for one reason more often than for all others together: there is a little silence in front of each sound, and each little silence is of a different length.\n\n### How to cut\n\n1. Open the recording in any editor that shows you the wave.\n2. Find the place where the line first leaves the middle. Zoom in until that is a slope, not a cliff.\n3. Cut there, two thousandths of a second early rather than late.\n4. Fade in over those two thousandths. You will not hear the fade. You would hear the click.\n\n### What not to cut\n\nLeave the end alone. The end of a sound is the room, and the room is what will make five sounds from five days belong together.\n\n> If it is loud before it is early, it is late.\n\nI say that to myself while cutting. It makes no sense and it helps."),
        Assignment("A loop that lasts", "Lay your five sounds in a loop of about four seconds and let it run for fifteen. It should be possible to listen to it while doing something else, and then to stop doing the other thing.\n\nChange **one** thing on every second round. One.", ("audio",), 25, starters=("a-drawer", "a-swung"), feedback_to=1),
        Assignment("Built on a neighbour", "Take a classmate's five sounds and build a loop in which you can hear both kitchens. Name the work that you built on as your source; the button beside it does that for you.\n\nTell your classmate in one sentence what their sound could do that yours could not.", ("audio",), 30, remix_of=1, feedback_to=2),
    )),
    ClassProject("paper", "A place you miss, in cut paper", "three small landscapes in cut paper: one from memory, one as a map, and one built over a classmate's horizon",
        "Old envelopes are good. Sugar paper is better. You need three colours, scissors or patience, and a lamp that you can move.\n\nPaper teaches two things that no screen does: that far is pale, and that a shadow is worth more than an outline. Each assignment is one sheet, photographed by daylight from straight above.\n\nI answer on Sundays, with the radio on.",
        "image", "beginner", (("giulia", "Thirty years of stage sets from paper, in Trieste."),), Media("landscape", ".jpg", 103, params={"papers": ("#f7d9a8", "#e9a06b", "#b8574b", "#5a2f4a"), "sun": "#fff6e0", "thing": "hills", "size": (1600, 1000)}), "A cut-paper landscape: a pale sun over three hills from orange to dark violet, with small trees in front.", 76, (
        Lesson("Three papers, one horizon", 4, "Told in captions. Have three papers in your hands while you watch, and follow along without glue.\n\nAt the end you have something that would fall apart if you sneezed. That is the right state to photograph it in.", Media("lesson", ".mp4", 113, params={"drawing": "layers", "papers": ("#fbeed8", "#fbe6c4", "#f9dcc0", "#f6d3bb", "#f3e3d6"), "slides": (Slide(3.6, "Far is pale"), Slide(3.6, "Sun first"), Slide(3.6, "Near is dark"), Slide(3.6, "Edges disagree"), Slide(3.6, "Do not glue yet"))}), captions(*LAYER_CUES), spoken(*LAYER_CUES), True),
        Assignment("Three layers", "A place that you miss, in three papers and a sun. From memory: no photograph beside you.\n\nWhat you have forgotten, cover with the next layer. That is what it is for.\n\nDescribe the picture in one sentence for people who cannot see it; it is a good test of whether there is one thing to see.", ("image",), 30, starters=("i-harbour", "i-salt"), feedback_to=1),
        Lesson("Where the light sits", 5, "Six plates, one after the other; there is music and no voice. The papers of the first three are cut once, and those of the last three once. Only the sun is in another place, and with it everything that is pale.\n\n**Low and left**: the near hills are a wall, and you are going home.\n\n**In the middle**: nobody can look at it, so we look at the valley.\n\n**High and right**: it is noon, it is summer, and nothing has happened yet.\n\n### Try this before you cut\n\nPut your layers under the lamp, unglued. Move the lamp along a half circle, slowly, from one side to the other. Stop when the picture begins to be about something. Mark the place on the table with a pencil, not on the paper.", Media("plates", ".mp4", 114), captions(*PLATE_CUES), spoken(*PLATE_CUES)),
        Lesson("Maps lie on purpose", 5, "A map that is true to scale is about the ground. A map from memory is about you.\n\n### Three honest lies\n\n- **Stretch** what took long. The last two hundred metres in the rain may be half of the sheet.\n- **Leave out** what you never looked at. White paper is not a mistake; it is the part of the way on which you were thinking.\n- **Turn it** so that home is up. North has enough maps.\n\n### In paper\n\nCut the way last, as one strip, in the one colour that nothing else has. If the strip tears, you have found the place where you usually stop."),
        Assignment("A map from memory", "The way to a door that you could find in the dark. Cut or drawn; one strip of colour for the way.\n\nNo street names. Write in the note what you steer by.", ("image",), 40, starters=("i-way", "i-way-up")),
        Assignment("Over a classmate's horizon", "Take a classmate's three layers and build your own picture over it, so that their horizon still shows. A window, a night, a tide: you decide what stands between them and us.\n\nName theirs as your source.", ("image",), 40, remix_of=1, feedback_to=2),
    )),
    ClassProject("ten-seconds", "Ten seconds, no cuts", "three films of ten seconds or less: one in which one thing moves, one made to fit a sound, and one that answers a classmate's",
        "A phone, a shelf to put it on, and the nerve to do nothing.\n\nEditing hides what looking has missed, so here there is none: you get ten seconds and what is in front of you. Linh draws, Joon-ho waits for lifts; between us we have spent years on films that are shorter than this paragraph.\n\nSelf-paced. One of us answers within two days.",
        "video", "beginner", (("linh", "Animates one thing at a time, in Đà Nẵng."), ("joonho", "Repairs projectors in Busan, films lifts.")), Media("in_motion", ".jpg", 105), "Eleven paper discs from dark blue to cream show one ball bouncing across a night-blue stage.", 65, (
        Lesson("One thing moves", 4, "Told in captions. Watch the ball with the captions on, then once without, and notice when you stop reading and begin to look.", Media("lesson", ".mp4", 115, params={"drawing": "ball", "papers": ("#eaf0ee", "#fbf3e3", "#dfe8d8", "#f6e7c9", "#e7e0f0"), "slides": (Slide(3.6, "Look first"), Slide(3.6, "Put the\ncamera down"), Slide(3.6, "Still frame,\nmoving thing"), Slide(3.6, "One.\nNot two."), Slide(3.6, "Wait longer"))}), captions(*BALL_CUES), spoken(*BALL_CUES), True),
        Assignment("One thing", "Six to ten seconds, camera still, one thing moves. It must be something that would have moved without you.\n\nSay in the note how long you waited.", ("video",), 20, starters=("v-curtain", "v-lift", "i-napkin"), feedback_to=1),
        Lesson("A storyboard on a napkin", 4, "Even ten seconds deserve four drawings. They need not be good; [mine are of a drawer](work:i-napkin), and they are on the open wall so that you may draw over them.\n\n1. **What we see before we know.** The drawer is open. Why?\n2. **The first sign.** It has moved a little. Or has it?\n3. **The thing itself.** Give this one the most time and the least decoration.\n4. **After.** Shut. Stay for two seconds longer than is comfortable.\n\nDraw on the back of something. A storyboard on good paper becomes a drawing, and then you want to keep it.\n\nIf your four frames can be put in another order and still make sense, you have a list, not a film. Lists are fine. Know which one you have."),
        Lesson("Sound first", 5, "Twenty seconds, with a hole in them. Listen with your eyes closed before you look at the captions.\n\nThen film what you saw.", Media("lesson_sound_first", ".ogg", 116), captions(*SOUND_CUES), spoken(*SOUND_CUES)),
        Assignment("Film a sound that exists", "Choose any sound from the open wall, or from this class, and film ten seconds that fit it. Lay the sound under the film and name it as your source.\n\nDo not illustrate it. If there is rain in it, we do not need to see water.", ("video",), 35, starters=("a-rain", "a-queue", "a-slow"), required=False),
        Assignment("Answer a classmate", "Take a classmate's one thing and answer it: backwards, from the other side, an hour later. Name theirs as your source.", ("video",), 30, remix_of=1, feedback_to=2),
    )),
    ClassProject("poem", "A poem that travels", "a poem of your own, a classmate's poem in another language, and one of them read aloud",
        "You write eight lines about a thing that you can touch. Somebody else takes them across into a language that you may not read. You do the same for somebody. At the end we hear them.\n\nYou need one language that you dream in and one that you can be polite in. Dictionaries are allowed, machines are not: they are too quick to notice anything.\n\nEwan answers at red lights (he drives the school bus), Rania answers when the sea is loud.",
        "text", "intermediate", (("ewan", "Poet, and driver of school bus 5."), ("rania", "Translates from Spanish and English into Arabic.")), Media("letters", ".jpg", 107), "Four paper envelopes lie crossed over a large blue and a red disc.", 60, (
        Lesson("Carry it across plainly", 5, "Before a translation is good it has to be there. So the first version is for nobody.\n\n### One line, four passes\n\nThe line is Welsh, it is about a gate, and it is mine, so that we may be rude to it: *Mae'r glwyd yn cofio pob llaw.*\n\n1. **Word by word.** Is the gate in remembering every hand.\n2. **In order.** The gate is remembering every hand.\n3. **As you would say it.** The gate remembers every hand.\n4. **As it was meant.** No hand was ever nobody to the gate.\n\nThe fourth is further from the words and nearer to the farm. It may also be wrong. Keep all four on the page until the end; the third is the one that most people throw away, and the one that they come back for.\n\n### For today\n\nTake one line that you know by heart, in any language, and write the four passes. It takes six minutes. Nobody will ask to see it.", preview=True),
        Assignment("Eight lines about a thing", "Choose something that you can hold. Eight lines, any language. No line may say what the thing is for.\n\nIn the note, say in plain words what it is, so that whoever carries it across is not guessing.", ("text",), 25, feedback_to=1),
        Lesson("Four crossings", 4, "Told in captions. Five lines cross a table; watch which of them change their length on the way.", Media("lesson", ".mp4", 117, params={"drawing": "lines", "papers": ("#e7dcc8", "#dfe6f4", "#f4ddd2", "#dcebdf", "#efe6d6"), "slides": (Slide(3.6, "Five lines,\nat home"), Slide(3.6, "Carry them\nplainly"), Slide(3.6, "Some arrive longer"), Slide(3.6, "Give back\nthe breath"), Slide(3.6, "Close the\noriginal"))}), captions(*LINE_CUES), spoken(*LINE_CUES)),
        Lesson("Hear where it limps", 5, "One line, hummed three times, so that you cannot cheat by understanding it. The knocks are where the weight falls.\n\nThen hum your own translation with your mouth closed. Where you have to hurry, a word is too many. Where you run out of air, one is missing.", Media("lesson_rhythm", ".ogg", 118), captions(*RHYTHM_CUES), spoken(*RHYTHM_CUES)),
        Assignment("Carry a classmate across", "Translate a classmate's eight lines into a language that you can be polite in. Name theirs as your source, with *translated*.\n\nIn the note: what stayed at the border, and what came across larger than it was.", ("text",), 40, starters=("t-seat", "t-asiento", "t-maqad", "t-back"), remix_of=1, feedback_to=2),
        Assignment("Say it aloud", "Record one of the poems of this class, yours or another's. Once through, no music. If you do not speak its language, hum its tune: that counts, and it teaches more than you would think.", ("audio",), 20, starters=("a-hummed",), required=False),
    )),
    ClassProject("radio", "Radio for one listener", "a two-minute programme for one person whom you name, made of a voice, a place and one borrowed sound",
        "In preparation. A class about talking to somebody: not to an audience, to one person, who is doing the dishes.",
        "audio", "intermediate", (("wanjiru", "Taught physics for eleven years; now makes records from lids."),), Media("radio", ".jpg", 109), "A dark town with one lit window under a mast that sends out rings.", 6, (
        Lesson("Who is listening?", 4, "Write down a name. Not a group, not *anyone who likes*. One name, and what that person's hands are doing while they listen.\n\nEverything that you decide from here on, how loud, how long, which word, you decide for those hands.", preview=True),
        Assignment("Twenty seconds for one person", "Say good evening to the person whose name you wrote down, and tell them one thing that happened in your street. Twenty seconds, one take.", ("audio",), 15),
    ), published=False),
)
