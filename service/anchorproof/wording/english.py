"""English phrases of an explanation; ``chinese.py`` has the same keys with the same places to fill in."""

LANGUAGE = "en"
#: Between sentences, and between things that are listed in one.
SPACE, COMMA = " ", ", "

PHRASES = {
    # How it begins: decision, P(spoof), the interval, the prior.
    "spoof": (
        "This clip is likely synthetic or manipulated: {posterior} (between {low} and {high}; {prior} before "
        "looking at it)."
    ),
    "bona_fide": (
        "This clip is likely a genuine recording: {posterior} (between {low} and {high}; {prior} before looking at it)."
    ),
    "inconclusive": (
        "It cannot be told whether this clip is genuine: {posterior} for synthetic or manipulated (between {low} and "
        "{high}; {prior} before looking at it)."
    ),
    "declared": (
        "This clip says openly that it is AI-made, so nothing needs exposing; that is reported and not held against it."
    ),
    "by_footage": "Your own archive settles this, whatever the detectors say.",
    "by_credentials": "A signature that you trust settles this, whatever the detectors say.",
    # Our own footage.
    "footage": "It shows {title}, {start} to {end}: {what}.",
    "unchanged": "picture and sound are as you broadcast them",
    "same_picture": "the picture is yours, and there is no sound to compare",
    "other_sound": "the picture is yours, the sound is not",
    "other_sound_too": "the sound is not yours either",
    "unchanged_elsewhere": "apart from what follows, picture and sound are as you broadcast them",
    "mouth_changed": "the picture is yours except the mouth",
    "face_changed": "the picture is yours except the face",
    "recut": "stretches are missing, moved or put in",
    "recaptioned": "something was laid over your picture",
    "mirrored": "your picture is mirrored",
    "sound_only": "the sound is yours, the picture is not",
    "photograph_animated": (
        "Hair, clothes and background are those of {title}, your photograph: it was set in motion, unless it is itself "
        "a frame of this recording."
    ),
    "splice_foreign": "Between {start} s and {end} s it shows something that is not yours.",
    "splice_cut": "At {start} s something of yours was cut out or moved.",
    "splice_other_sound": "Between {start} s and {end} s the sound is not yours.",
    "splice_altered": "Between {start} s and {end} s the mouth or face was changed.",
    # Who it is.
    "agree": "Face and voice are both {face}'s.",
    "face_not_voice": "The face is {face}'s, but the voice is not: a dub or a narrator would look the same.",
    "voice_not_face": "The voice is {voice}'s, but the face is not.",
    "other_voice": "The face is {face}'s and the voice is {voice}'s.",
    "face_only": "The face is {face}'s; there is no speech to compare with it.",
    "voice_only": "The voice is {voice}'s; no face is shown with it.",
    "nobody": "Nobody enrolled was recognised.",
    "impersonation": (
        "The screen names an enrolled outlet or anchor, but the face is nobody enrolled there: "
        "impersonation, which is not synthesis."
    ),
    # What detectors say.
    "picture_spoof": "The picture looks generated or altered ({odds} : 1 for it).",
    "picture_bona_fide": "The picture looks genuine ({odds} : 1 for it).",
    "picture_weak": "The picture says little either way.",
    "sound_spoof": "The voice sounds synthetic ({odds} : 1 for it).",
    "sound_bona_fide": "The voice sounds like a real recording ({odds} : 1 for it).",
    "sound_weak": "The voice says little either way.",
    "lips_spoof": "The lips do not follow the voice ({odds} : 1 for it); an honest dub would look the same.",
    "lips_bona_fide": "The lips follow the voice ({odds} : 1 for it).",
    "lips_weak": "Whether the lips follow the voice cannot be told.",
    "writing_garbled": (
        "What is written in the picture reads like no language, as generators draw it ({odds} : 1 for it); a script "
        "that the reader does not know would look the same."
    ),
    "where": "What speaks for this most is between {start} s and {end} s.",
    # What kept it from deciding, and what would change the answer.
    "NO_EVIDENCE": "Nothing in it could be judged.",
    "EVIDENCE_TOO_WEAK": "What was found is too weak to decide.",
    "CALIBRATION_TOO_THIN": "Too few clips like this one are known to be sure of the odds.",
    "DECLARED_SYNTHETIC": "No decision is taken on a clip that declares itself.",
    "CONTRADICTION": "A trusted signature and your archive contradict each other: a person has to look.",
    "VOICE_NOT_ANCHOR": "As a voice in it is not the anchor's, detectors alone do not clear it.",
    "OUR_FOOTAGE_CHANGED_IN_PART": "As a part of your footage was changed, the rest does not clear it.",
    "change_original": "The original recording, enrolled as footage, would settle it.",
    "change_longer": "A longer or larger copy of the clip may settle it.",
    "change_enrol": "Enrolling the person who is shown would tell whether it is them.",
    # What was checked.
    "checked_picture": "the picture, by a detector of generated and altered faces ({faces} followed)",
    "checked_sound": "the voice, by a detector of synthetic speech ({seconds} s of it judged)",
    "checked_sync": "whether the lips follow the voice ({stretches} stretches)",
    "checked_writing": "whether what is written is print or a generator's imitation of it",
    "checked_other": "{source}",
    "checked_identity": "faces and voices against the {anchors} likest of those enrolled",
    "checked_footage": "your archive: {programmes} programmes, {hours} h",
    "checked_photographs": "your photographs: {photographs}",
    "checked_declared": "what the file declares: content credentials, AIGC label, generator tags",
    "checked_captions": "what is written in {frames} pictures",
    # What could not be checked: which part, and why.
    "unchecked": "{part}: {why}",
    "part_visual": "the picture",
    "part_audio": "the voice",
    "part_sync": "lips and voice",
    "part_writing": "the writing in the picture",
    "part_footage": "your archive",
    "part_provenance": "the file's declarations",
    "part_other": "{source}",
    "NO_PICTURE": "there is no picture",
    "PICTURE_UNREADABLE": "the picture cannot be read",
    "NO_FACE": "no face was found",
    "FACE_TOO_SMALL": "the faces are too small",
    "FACE_TOO_BRIEF": "no face is shown long enough",
    "FACE_UNCLEAR": "the mouth cannot be seen clearly enough",
    "NOBODY_SPEAKS": "whoever is shown does not seem to speak",
    "NO_SOUND": "there is no sound",
    "SOUND_UNREADABLE": "the sound cannot be read",
    "NO_SPEECH": "nobody speaks",
    "SPEECH_TOO_SHORT": "there is too little speech",
    "TOO_LITTLE_WRITING": "there is too little of it",
    "NOT_CALIBRATED": "what the model in use says has no known meaning",
    "NO_ARCHIVE": "no footage is enrolled",
    "CLIP_UNREADABLE": "the clip could not be read again",
    "DECLARATIONS_UNREADABLE": "they could not be read",
    # What it cannot tell.
    "limit_detectors": (
        "Detectors miss generators unlike those they know, and sometimes take genuine clips for generated ones."
    ),
    "limit_meaning": "A genuine recording can still mislead: old, out of context, or wrongly captioned.",
    "limit_identity": "Only enrolled people can be recognised; a good imitation of a voice can pass for it.",
    "limit_footage": (
        "Only what is enrolled can be found; without retained references a changed mouth or face does not show."
    ),
    "limit_person": "This is evidence for a person who decides, never an accusation.",
}
