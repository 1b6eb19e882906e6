"""The prompts of the demo: small invitations, each with what it takes."""

from classprojects.demo.content.shapes import Locale, Prompt

TEAM = "community team"

PROMPTS = (
    Prompt("light", "ines", TEAM, "text", 1, "Four words for the light in your room", "4 words", "Look up from this. Do not explain the light, do not praise it. Four words, in any language, in the order in which you noticed them.", 88, locales=(
        Locale("es", "Cuatro palabras para la luz de tu cuarto", "4 palabras", "Levanta la vista. No expliques la luz ni la elogies. Cuatro palabras, en el orden en que las notaste."),
        Locale("pt", "Quatro palavras para a luz do seu quarto", "4 palavras", "Levante os olhos. Não explique a luz, não a elogie. Quatro palavras, na ordem em que você as notou."),
        Locale("ar", "أربع كلمات لضوء غرفتك", "٤ كلمات", "ارفع عينيك. لا تشرح الضوء ولا تمدحه. أربع كلمات بالترتيب الذي لاحظتها به."),
    )),
    Prompt("nearest", "ines", TEAM, "audio", 1, "The sound nearest to you", "10 to 20 seconds", "Hold still and record the first thing that you can hear. A fridge counts. Say in the note where you were standing.", 84),
    Prompt("door", "amina", "member", "image", 1, "A door that you pass every day", "1 picture", "Not the beautiful one in the next street: the one that you pass every day and have never drawn or photographed. What would you tell a postwoman about it?", 80),
    Prompt("recipe", "zeynep", "member", "text", 2, "What the recipe leaves out", "1 recipe, read closely", "Take a recipe that somebody gave you in writing. Write down what it does not say: the thing that hands know, the pan it assumes, the person it was for.", 74),
    Prompt("way", "aiko", "member", "image", 2, "The way home without street names", "1 drawn map", "Draw the way from where you worked or studied to where you slept. No names. Put in what you steer by: the dog, the smell of bread, the slope.", 70, locales=(
        Locale("ja", "通りの名前を使わない帰り道", "手描きの地図 1枚", "職場や学校から家までの道を描いてください。名前は書かずに、目印だけで。犬、パンの匂い、坂道。"),
    )),
    Prompt("hum", "sorcha", "member", "audio", 1, "Hum it, don't sing it", "15 seconds, mouth closed", "A tune that you know so well that you do not need its words. Close your mouth and let it go. First take only.", 62),
    Prompt("one-thing", "linh", "instructor", "video", 2, "One thing moves", "6 to 10 seconds, camera still", "Put the camera down. Find a place in which exactly one thing moves. Wait for it to do something that it has not done yet.", 58),
    Prompt("three-colours", "giulia", "instructor", "image", 2, "Three colours, no black", "3 colours and their mixtures", "Choose three and throw away the rest. Dark has to come from neighbours. Landscape or still life; cut, print or paint.", 52),
    Prompt("drawer", "kofi", "member", "audio", 2, "A rhythm from one drawer", "1 drawer, 20 seconds", "Open one drawer and use only what is in it, and the drawer. Count to seven instead of eight if you dare.", 48),
    Prompt("carry", "rania", "instructor", "text", 3, "Carry somebody's poem across", "1 text from the wall, 1 other language", "Take a text that somebody posted here and translate it. Name it as your source. Say in the note what you had to leave at the border.", 79),
    Prompt("hear-picture", "ines", TEAM, "audio", 3, "Make a picture audible", "1 picture from the wall, 20 seconds", "Pick somebody's picture and decide what reads it: left to right, dark to light, hand to hand. Then let it play. Name the picture as your source.", 36),
    Prompt("no-camera", "marisol", "member", "video", 3, "A film without a camera", "8 seconds, no lens", "Thread, dust, ink, type, a scanner, a lamp: anything but a lens. Start from something that is already on the wall if you like.", 41, closes_in=21),
)
