"""Compiled loops over code points. All kernels stand in one file, because numba's cache watches only that file.

A text is two arrays here: folded code points (uint32, separators are U+0020) and, for each, its index in the original
(int32). Every loop passes a bounded number of times over its input.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ischia.core.matching.intrinsics import kernel

SPACE = np.uint32(32)
ARABIC, LATIN, CYRILLIC, GREEK, DIGIT = 1, 2, 3, 4, 6
SHINGLE = 9
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@kernel
def fold_characters(source: Any, single: Any, forms: Any, dropped: Any) -> Any:
    """Put each character's form in its place; return the forms, where each comes from, and whether all were known.

    `single` gives the form of one letter, or `dropped` for none, one more for one not known yet, or else the row of
    `forms`, which ends with a zero.
    """
    size = 0
    for code in source:
        folded = single[code]
        if folded == dropped + 1:
            return np.empty(0, np.uint32), np.empty(0, np.int32), False
        row, step = np.int64(folded) - dropped - 2, 0
        while row >= 0 and forms[row, step]:
            step += 1
        size += step if row >= 0 else folded != dropped
    out, origin = np.empty(size, np.uint32), np.empty(size, np.int32)
    at = 0
    for place in range(source.size):
        folded = single[source[place]]
        if folded < dropped:
            out[at], origin[at] = folded, place
            at += 1
            continue
        row, step = np.int64(folded) - dropped - 2, 0
        while row >= 0 and forms[row, step]:
            out[at], origin[at] = forms[row, step], place
            at += 1
            step += 1
    return out, origin, True


@kernel
def space_words(codes: Any, is_letter: Any) -> Any:
    """Return the codes with one space between words and none at the ends, and the number of letters."""
    out = np.empty(codes.size, np.uint32)
    size, letters, space = 0, 0, False
    for code in codes:
        if code == SPACE:
            space = size > 0
            continue
        if space:
            out[size] = SPACE
            size += 1
            space = False
        out[size] = code
        size += 1
        letters += is_letter[code]
    return out[:size], letters


@kernel
def write_out(codes: Any, offsets: Any, pairs: Any, letters: Any) -> Any:
    """Write Latin letters as the Arabic ones of chat spelling; `pairs` are (first, second, letter), `letters` single.

    Returns letters, their offsets, and whether there was a Latin letter.
    """
    out, origin = np.empty(codes.size, np.uint32), np.empty(codes.size, np.int32)
    size, place, latin = 0, 0, False
    while place < codes.size:
        code, step = codes[place], 1
        latin |= ord("a") <= code <= ord("z")
        out[size], origin[size] = letters[code] or code, offsets[place]
        if code < 128 and code != SPACE and place + 1 < codes.size:
            for pair in pairs:
                if pair[0] == code and pair[1] == codes[place + 1]:
                    out[size], step = pair[2], 2
        size += 1
        place += step
    return out[:size], origin[:size], latin


@kernel
def differing(codes: Any, offsets: Any, others: Any, other_offsets: Any) -> Any:
    """Return which letters are not in the other reading, or come after or before what it alone has.

    More are returned where the readings do not go through the original in the same order.
    """
    out = np.empty(codes.size, np.bool_)
    other = 0
    for place in range(codes.size):
        alone = False
        while other < others.size and other_offsets[other] < offsets[place]:
            alone = True
            other += 1
        if other < others.size and other_offsets[other] == offsets[place]:
            out[place] = alone or others[other] != codes[place]
            other += 1
        else:
            out[place] = True
    if other < others.size:
        out[-1] = True
    return out


@kernel
def near(wanted: Any, reach: Any) -> Any:
    """Return 1 for what is within `reach` places of one that is wanted, 2 for the first place of all else."""
    out = np.zeros(wanted.size, np.uint8)
    last = -1 - reach
    for place in range(wanted.size):
        last = place if wanted[place] else last
        out[place] = place - last <= reach
    last = wanted.size + reach
    for place in range(wanted.size - 1, -1, -1):
        last = place if wanted[place] else last
        out[place] |= last - place <= reach
    for place in range(wanted.size):
        if not out[place] and (not place or out[place - 1] == 1):
            out[place] = 2
    return out


@kernel
def span_all(offsets: Any, places: Any) -> Any:
    """Return the first and the end of the offsets of each (pattern, first, end)."""
    out = np.empty((len(places), 2), np.int64)
    for row in range(len(places)):
        least = most = offsets[places[row, 1]]
        for place in range(places[row, 1], places[row, 2]):
            least, most = min(least, offsets[place]), max(most, offsets[place])
        out[row, 0], out[row, 1] = least, most + 1
    return out


@kernel
def tell_words(codes: Any, classes: Any, counts: Any, start: Any) -> Any:
    """Count the scripts of the word that begins at `start`; return where it ends."""
    counts[:] = 0
    place = start
    while place < codes.size and codes[place] != SPACE:
        counts[classes[codes[place]]] += 1
        place += 1
    return place


@kernel
def has_mixed_words(codes: Any, classes: Any) -> Any:
    """Return whether a word holds letters of two scripts, or letters and digits."""
    seen = 0
    for place in range(codes.size):
        code = codes[place]
        if code == SPACE:
            seen = 0
            continue
        seen |= 1 << classes[code]
        if seen > 1 and seen & (seen - 1) and seen & 0b11110:
            return True
    return False


@kernel
def clean_words(codes: Any, offsets: Any, classes: Any, shapes: Any, leet: Any, to_latin: Any, to_cyrillic: Any) -> Any:
    """Read each word in one script: what is foreign in it becomes its look-alike, or goes where it has none.

    `shapes` maps what stands in Arabic words (all zeros: it goes).
    """
    out = np.empty(codes.size, np.uint32)
    origin = np.empty(codes.size, np.int32)
    counts = np.zeros(8, np.int64)
    size = 0
    start = 0
    while start < codes.size:
        if codes[start] == SPACE:
            out[size], origin[size] = SPACE, offsets[start]
            size += 1
            start += 1
            continue
        end = tell_words(codes, classes, counts, start)
        foreign = counts[LATIN] + counts[DIGIT]
        for place in range(start, end):
            code = codes[place]
            kind = classes[code]
            if counts[ARABIC] and foreign:
                if kind in (LATIN, DIGIT):
                    code = shapes[code]
            elif counts[LATIN] and counts[LATIN] >= counts[CYRILLIC]:
                if kind == DIGIT and leet[code] and counts[LATIN] >= counts[DIGIT]:
                    code = leet[code]
                elif kind in (CYRILLIC, GREEK) and to_latin[code]:
                    code = to_latin[code]
            elif counts[CYRILLIC] and foreign and kind in (LATIN, DIGIT) and to_cyrillic[code]:
                code = to_cyrillic[code]
            if code:
                out[size], origin[size] = code, offsets[place]
                size += 1
        start = end
    return out[:size], origin[:size]


@kernel
def pack(codes: Any, offsets: Any, table: Any, squeeze: Any) -> Any:
    """Map each letter by `table`, drop the spaces and, if `squeeze`, all but the first of equal letters in a row.

    Returns letters, their offsets, whether a word begins there, and how many equal letters each stands for (to 255).
    Equal letters in two words stay two, unless both are words of one letter: those are a word written apart.
    """
    out = np.empty(codes.size, np.uint32)
    origin = np.empty(codes.size, np.int32)
    starts = np.empty(codes.size, np.bool_)
    runs = np.empty(codes.size, np.uint8)
    size = 0
    begins, alone = True, False
    for place in range(codes.size):
        if codes[place] == SPACE:
            begins = True
            continue
        code = table[codes[place]]
        if code == 0:
            continue
        last = place + 1 == codes.size or codes[place + 1] == SPACE
        if squeeze and size and out[size - 1] == code and (not begins or (alone and last)):
            runs[size - 1] = min(255, runs[size - 1] + 1)
            alone = alone and begins and last
            begins = False
            continue
        out[size], origin[size], starts[size], runs[size] = code, offsets[place], begins, 1
        size += 1
        alone = begins and last
        begins = False
    return out[:size], origin[:size], starts[:size], runs[:size]


@kernel
def squeeze(codes: Any, starts: Any) -> Any:
    """Return the codes without zeros and without the second of two equal ones, where each stood, and word starts.

    A word whose first letter is dropped begins at its next one. Equal letters of two words stay two.
    """
    out, kept = np.empty(codes.size, np.uint32), np.empty(codes.size, np.int64)
    begins = np.empty(codes.size, np.bool_)
    size, fresh = 0, True
    for place in range(codes.size):
        fresh |= starts[place]
        code = codes[place]
        if not code or (not fresh and out[size - 1] == code):
            continue
        out[size], kept[size], begins[size] = code, place, fresh
        size += 1
        fresh = False
    return out[:size], kept[:size], begins[:size]


@kernel
def shingle(codes: Any, table: Any) -> Any:
    """Return the hash of every nine consonants in a row, and the index in `codes` of the first and last of each."""
    kept = np.empty(codes.size, np.uint64)
    places = np.empty(codes.size, np.int32)
    size = 0
    previous = np.uint32(0)
    for place in range(codes.size):
        code = table[codes[place]]
        if code and code != previous:
            kept[size], places[size] = np.uint64(code), place
            size += 1
            previous = code
    count = max(0, size - SHINGLE + 1)
    hashes = np.empty(count, np.uint64)
    power = np.uint64(1)
    for _ in range(SHINGLE):
        power *= MULTIPLIER
    value = np.uint64(0)
    for place in range(size):
        value = value * MULTIPLIER + kept[place]
        if place >= SHINGLE:
            value -= power * kept[place - SHINGLE]
        if place >= SHINGLE - 1:
            mixed = value ^ (value >> np.uint64(31))
            mixed *= np.uint64(0xBF58476D1CE4E5B9)
            mixed ^= mixed >> np.uint64(29)
            mixed *= np.uint64(0x94D049BB133111EB)
            hashes[place - SHINGLE + 1] = mixed ^ (mixed >> np.uint64(32))
    return hashes, places[:size]


@kernel
def winnow(hashes: Any, window: Any) -> Any:
    """Mark the least hash of every `window` in a row (Schleimer, Wilkerson, Aiken: Winnowing, 2003), last first."""
    chosen = np.zeros(hashes.size, np.bool_)
    if hashes.size <= window:
        chosen[:] = True
        return chosen
    least = -1
    for place in range(hashes.size - window + 1):
        end = place + window
        if least < place:
            least = place
            for other in range(place, end):
                if hashes[other] <= hashes[least]:
                    least = other
        elif hashes[end - 1] <= hashes[least]:
            least = end - 1
        chosen[least] = True
    return chosen


@kernel
def find_postings(probe: Any, table: Any, shift: Any, lows: Any, ids: Any, most: Any, room: Any) -> Any:
    """Return (index in `probe`, id) of every posting with a probe's hash; hashes with more than `most` are passed over.

    `table[h >> shift]` is where the bucket of a hash begins, `lows` are the low 32 bits, sorted in each bucket.
    """
    where = np.empty(room, np.int32)
    which = np.empty(room, np.uint32)
    count = 0
    for place in range(probe.size):
        bucket = probe[place] >> shift
        low, first, last = np.uint32(probe[place] & np.uint64(0xFFFFFFFF)), table[bucket], table[bucket + np.uint64(1)]
        left, right = np.int64(first), np.int64(last)
        while left < right:
            middle = (left + right) >> 1
            if lows[middle] < low:
                left = middle + 1
            else:
                right = middle
        end = left
        while end < last and lows[end] == low and end - left <= most:
            end += 1
        if end - left > most:
            continue
        for posting in range(left, end):
            if count == room:
                return where, which, count
            where[count], which[count] = place, ids[posting]
            count += 1
    return where, which, count
