"""Compiled loops that find phrases: hashes of beginnings, patterns, near words, and chat spelling.

All of them stand in one file, because numba's cache watches only that file.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ischia.core.matching.intrinsics import kernel
from ischia.core.text.kernels import MULTIPLIER

LONGEST_HASHED = 63
POWERS = np.array([pow(0x9E3779B97F4A7C15, step, 1 << 64) for step in range(LONGEST_HASHED + 1)], np.uint64)
BEGINNINGS, LONG, MIDDLE, SHORT = 16, 9, 5, 2
DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
RANKS = np.argsort([(0x03F79D71B4CB0A89 << rank) % (1 << 64) >> 58 for rank in range(64)]).astype(np.int64)
ANYWHERE, SUFFIXED, BARE = 1, 2, 4
FIRST_OF_CLITICS, CLITIC_LETTERS = 0x600, 256


@kernel
def sums_of(codes: Any) -> Any:
    """Return the sums from which `hashed` takes the hash of any letters in a row (Karp, Rabin, 1987)."""
    sums = np.empty(codes.size + 1, np.uint64)
    sums[0] = 0
    for place in range(codes.size):
        sums[place + 1] = sums[place] * MULTIPLIER + np.uint64(codes[place])
    return sums


@kernel
def spread(value: Any) -> Any:
    """Return a hash of which every bit depends on all bits of `value`."""
    value ^= value >> np.uint64(32)
    value *= np.uint64(0xBF58476D1CE4E5B9)
    value ^= value >> np.uint64(29)
    value *= np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(32))


@kernel
def hashed(sums: Any, first: Any, end: Any) -> Any:
    """Return the hash of letters `first` to `end` (exclusive), at most `LONGEST_HASHED`."""
    return spread(sums[end] - sums[first] * POWERS[end - first])


@kernel
def hashed_without(sums: Any, first: Any, gone: Any, end: Any) -> Any:
    """Return the hash of letters `first` to `end` but the one at `gone`; of all of them where `gone` is before them."""
    if gone < first:
        return hashed(sums, first, end)
    before = sums[gone] - sums[first] * POWERS[gone - first]
    after = sums[end] - sums[gone + 1] * POWERS[end - gone - 1]
    return spread(before * POWERS[end - gone - 1] + after)


@kernel
def beginning(sums: Any, first: Any, size: Any) -> Any:
    """Return a number below 2^`BEGINNINGS` for `size` letters from `first` on."""
    return (sums[first + size] - sums[first] * POWERS[size]) * MULTIPLIER >> np.uint64(64 - BEGINNINGS)


@kernel
def rank_of(mask: Any) -> Any:
    """Return the number of the lowest bit that is set (C. Leiserson and others, 1998: by a de Bruijn sequence)."""
    return RANKS[((mask & (~mask + np.uint64(1))) * DE_BRUIJN) >> np.uint64(58)]


@kernel
def hash_all(codes: Any, bounds: Any, most: Any) -> Any:
    """Return the hash of each string's first `most` letters; string `i` is `codes[bounds[i]:bounds[i+1]]`."""
    sums = sums_of(codes)
    out = np.empty(bounds.size - 1, np.uint64)
    for string in range(out.size):
        out[string] = hashed(sums, bounds[string], min(bounds[string + 1], bounds[string] + most))
    return out


@kernel
def hash_forms(codes: Any, bounds: Any) -> Any:
    """Return the hash of each string and of each with one letter left out, and whose each is."""
    sums = sums_of(codes)
    size = codes.size + bounds.size - 1
    out, owners = np.empty(size, np.uint64), np.empty(size, np.int32)
    count = 0
    for string in range(bounds.size - 1):
        first, end = bounds[string], bounds[string + 1]
        for gone in range(first - 1, end):
            out[count], owners[count] = hashed_without(sums, first, gone, end), string
            count += 1
    return out, owners


@kernel
def sift(values: Any, sieve: Any, shift: Any) -> None:
    """Set the bit of each hash; `shift` leaves as many of its first bits as the sieve has places."""
    for value in values:
        place = value >> shift
        sieve[place >> np.uint64(6)] |= np.uint64(1) << (place & np.uint64(63))


@kernel
def sifted(value: Any, sieve: Any, shift: Any) -> Any:
    """Return whether the bit of a hash is set."""
    place = value >> shift
    return sieve[place >> np.uint64(6)] >> (place & np.uint64(63)) & np.uint64(1)


@kernel
def begin_all(codes: Any, bounds: Any, ranks: Any, flags: Any) -> Any:
    """Return which lengths begin with which letters: one bit for each rank, for words (0) and anywhere (1).

    `ranks` are by length. A string is under its first `MIDDLE` letters or `SHORT`; what is shorter still is under
    the last number, which is never computed.
    """
    sums = sums_of(codes)
    out = np.zeros((2, (1 << BEGINNINGS) + 1), np.uint64)
    for string in range(bounds.size - 1):
        length = bounds[string + 1] - bounds[string]
        place = np.uint64(1 << BEGINNINGS)
        if length >= SHORT:
            place = beginning(sums, bounds[string], MIDDLE if length >= MIDDLE else SHORT)
        out[flags[string] & ANYWHERE, place] |= np.uint64(1) << np.uint64(ranks[min(length, LONGEST_HASHED)])
    return out


@kernel
def step_on(steps: Any, state: Any, code: Any) -> Any:
    """Return the state of a trie of clitics after a letter; 0 when none goes on so."""
    symbol = np.int64(code) - FIRST_OF_CLITICS
    return steps[state, symbol] if 0 <= symbol < CLITIC_LETTERS else np.int16(0)


@kernel
def open_words(codes: Any, starts: Any, steps: Any, kinds: Any) -> Any:
    """Return at which letters a pattern may begin: 1 for bare ones, 2 for others, both where a word begins.

    Within a word it may where all that stands before is clitics; `kinds` says which bits a trie's state gives.
    """
    out = np.zeros(codes.size, np.uint8)
    for first in range(codes.size):
        if first and not starts[first]:
            continue
        out[first] = 3
        state, place = 1, first + 1
        while place < codes.size and not starts[place]:
            state = step_on(steps, state, codes[place - 1])
            if not state:
                break
            out[place] = kinds[state]
            place += 1
    return out


@kernel
def ends_well(codes: Any, starts: Any, end: Any, flags: Any, steps: Any, kinds: Any) -> Any:
    """Return whether a word ends before `end`, or what follows in its word are clitics."""
    if end == codes.size or starts[end]:
        return flags & SUFFIXED == 0
    if flags & BARE:
        return False
    state, place = np.int16(1), end
    while state and place < codes.size and not starts[place]:
        state = step_on(steps, state, codes[place])
        place += 1
    return kinds[state] > 0


@kernel
def same_runs(codes: Any, runs: Any, first: Any, needed: Any, start: Any, length: Any, classes: Any) -> Any:
    """Return whether letters are repeated as in the pattern, or three times and more; in Arabic as one likes."""
    for step in range(length):
        have, need = runs[first + step], needed[start + step]
        if have != need and have < 3 and classes[codes[first + step]] not in (1, 5):
            return False
    return True


@kernel
def same_letters(codes: Any, first: Any, flat: Any, start: Any, length: Any) -> Any:
    """Return whether the text goes on with a pattern's letters."""
    if first + length > codes.size:
        return False
    for step in range(length):  # noqa: SIM110  The compiler has no `all`.
        if codes[first + step] != flat[start + step]:
            return False
    return True


@kernel
def among(value: Any, table: Any) -> Any:
    """Return whether a number stands in a short table."""
    for other in table:  # noqa: SIM110  The compiler has no `any`.
        if other == value:
            return True
    return False


@kernel
def seen_in(found: Any, size: Any) -> Any:
    """Return how often each pattern was found; asked for only when one may have been found too often."""
    seen = np.zeros(size, np.uint8)
    for row in range(len(found)):
        seen[found[row, 0]] += 1
    return seen


@kernel
def find_patterns(  # noqa: PLR0912  Calls would cost more than the loop.
    codes: Any, starts: Any, runs: Any, classes: Any, flat: Any, bounds: Any, needed: Any, flags: Any, lengths: Any,
    begun: Any, sieve: Any, sieve_shift: Any, table: Any, shift: Any, lows: Any, order: Any,
    heads: Any, head_kinds: Any, tails: Any, tail_kinds: Any, floating: Any, most: Any, each: Any,
) -> Any:  # fmt: skip
    """Return (pattern, first, end) of every match where words allow it, and whether some were left out.

    Left out is what comes after `most` matches, or after `each` (to 255, 0: all) of one pattern. `lengths` are those
    hashed, longest first; the sieve has the first `LONG` letters of what is longer, too. `lows[table[b]:table[b + 1]]`
    are the low bits of hashes whose first bits are `b`, `order` whose they are; `floating` says whether one may be
    found anywhere.
    """
    found = np.empty((most, 3), np.int32)
    seen = np.zeros(0, np.uint8)
    sums, opens = sums_of(codes), open_words(codes, starts, heads, head_kinds)
    count, complete = 0, True
    long = (np.uint64(1) << np.uint64((lengths > LONG).sum())) - np.uint64(1)
    for first in range(codes.size):
        if not (opens[first] or floating):
            continue
        mask = np.uint64(0)
        for size in (0, SHORT, MIDDLE):
            place = beginning(sums, first, min(size, codes.size - first)) if size else np.uint64(1 << BEGINNINGS)
            if opens[first]:
                mask |= begun[0, place]
            if floating:
                mask |= begun[1, place]
        end = first + LONG
        if mask & long and end <= codes.size and not sifted(hashed(sums, first, end), sieve, sieve_shift):
            mask &= ~long
        while mask:
            rank = rank_of(mask)
            mask &= mask - np.uint64(1)
            if first + lengths[rank] > codes.size:
                continue
            value = hashed(sums, first, first + lengths[rank])
            if not sifted(value, sieve, sieve_shift):
                continue
            bucket, low = value >> shift, np.uint32(value & np.uint64(0xFFFFFFFF))
            for posting in range(table[bucket], table[bucket + np.uint64(1)]):
                if lows[posting] != low:
                    continue
                pattern = order[posting]
                start, kind = bounds[pattern], flags[pattern]
                length = bounds[pattern + 1] - start
                if not same_letters(codes, first, flat, start, length):
                    continue
                if not kind & ANYWHERE:
                    if not opens[first] & (1 if kind & BARE else 2):
                        continue
                    if not ends_well(codes, starts, first + length, kind, tails, tail_kinds):
                        continue
                if not same_runs(codes, runs, first, needed, start, length, classes):
                    continue
                if each and count == each and not seen.size:
                    seen = seen_in(found[:count], flags.size)
                if seen.size:
                    if seen[pattern] == each:
                        complete = False
                        continue
                    seen[pattern] += 1
                if count == most:
                    return found, False
                found[count, 0], found[count, 1], found[count, 2] = pattern, first, first + length
                count += 1
    return found[:count], complete


@kernel
def one_edit(codes: Any, first: Any, end: Any, flat: Any, start: Any, stop: Any) -> Any:
    """Return whether two words are one edit apart: a letter more, less or another, or two that changed places."""
    long, short = end - first, stop - start
    if abs(long - short) > 1:
        return False
    head = 0
    while head < min(long, short) and codes[first + head] == flat[start + head]:
        head += 1
    tail = 0
    while tail < min(long, short) - head and codes[end - 1 - tail] == flat[stop - 1 - tail]:
        tail += 1
    if head + tail >= max(long, short) - 1:
        return True
    return (
        long == short
        and head + tail == long - 2
        and codes[first + head] == flat[start + head + 1]
        and codes[first + head + 1] == flat[start + head]
    )


@kernel
def find_near(  # noqa: PLR0912  Calls would cost more than the loop.
    codes: Any, starts: Any, counts: Any, skipped: Any, flat: Any, bounds: Any, least: Any, longest: Any, sieve: Any,
    sieve_shift: Any, table: Any, shift: Any, lows: Any, owners: Any, most: Any, each: Any,
) -> Any:  # fmt: skip
    """Return (pattern, first, end) for words that are one edit from a pattern, and whether some were left out.

    As many words are looked at together as `counts` names, with up to two of the letters `skipped` before them. At
    most `most` are returned, at most `each` of one pattern.
    """
    found = np.empty((most, 3), np.int32)
    seen = np.zeros(0, np.uint8)
    sums = sums_of(codes)
    places = np.append(np.flatnonzero(starts), codes.size)
    count, complete = 0, True
    for word in range(places.size - 1):
        for number in counts:
            if word + number >= places.size or places[word + number] - places[word] > longest + 3:
                break
            end = places[word + number]
            for first in range(places[word], places[word] + 3):
                if first > places[word] and not among(codes[first - 1], skipped):
                    break
                if end - first < least - 1:
                    break
                if end - first > longest + 1:
                    continue
                here = count
                for gone in range(first - 1, end):
                    value = hashed_without(sums, first, gone, end)
                    if not sifted(value, sieve, sieve_shift):
                        continue
                    bucket, low = value >> shift, np.uint32(value & np.uint64(0xFFFFFFFF))
                    for posting in range(table[bucket], table[bucket + np.uint64(1)]):
                        pattern = owners[posting]
                        if lows[posting] != low or among(pattern, found[here:count, 0]):
                            continue
                        if not one_edit(codes, first, end, flat, bounds[pattern], bounds[pattern + 1]):
                            continue
                        if count == each and not seen.size:
                            seen = seen_in(found[:count], bounds.size - 1)
                        if seen.size:
                            if seen[pattern] == each:
                                complete = False
                                continue
                            seen[pattern] += 1
                        if count == most:
                            return found, False
                        found[count, 0], found[count, 1], found[count, 2] = pattern, first, end
                        count += 1
    return found[:count], complete


@kernel
def spell_all(codes: Any, starts: Any, bounds: Any, vowels: Any, article: Any, silent: Any, special: Any) -> Any:
    """Return how each phrase may be spelled in chat, as tokens, and where each phrase's tokens begin.

    A token is (letter, least and most vowels before it, whether it may be left out, least and most vowels after it
    beside those of the next). The first of a phrase stands for its beginning. `special` are the letters of a
    preposition before it and of an ending, `article` alef and lam, `silent` the heh that ends a word.
    """
    tokens = np.zeros((2 * codes.size + 2 * bounds.size + 2 * np.sum(starts), 6), np.int16)
    begins = np.zeros(bounds.size, np.int64)
    size = 0
    for phrase in range(bounds.size - 1):
        tokens[size, 0], tokens[size + 1, 0], tokens[size + 1, 2], tokens[size + 1, 3] = -1, special[0], 2, 1
        size += 2
        first = bounds[phrase]
        while first < bounds[phrase + 1]:
            end = first + 1
            while end < bounds[phrase + 1] and not starts[end]:
                end += 1
            place, last = first, end
            if end - first > 3 and codes[first] == article[0] and codes[first + 1] == article[1]:
                tokens[size, 0], tokens[size, 2], tokens[size, 3] = article[1] - FIRST_OF_CLITICS, 4, 1
                size += 1
                place += 2
            if codes[last - 1] == silent:
                last -= 1
            consonants, before = 0, 0
            for letter in range(place, last):
                consonants += not vowels[codes[letter] - FIRST_OF_CLITICS]
            scarce = consonants <= 3
            for letter in range(place, last):
                symbol = codes[letter] - FIRST_OF_CLITICS
                if vowels[symbol]:
                    before += 1
                    continue
                tokens[size, 0], tokens[size, 1], tokens[size, 2] = symbol, scarce and before > 0, 5 + 3 * before
                size += 1
                before = 0
            if before:
                back = size - 1
                while True:
                    tokens[back, 4] += scarce
                    tokens[back, 5] += 2 + 3 * before
                    if not tokens[back, 3]:
                        break
                    back -= 1
            if last < end:
                tokens[size, 0], tokens[size, 2], tokens[size, 3] = special[1], 2, 1
                size += 1
            first = end
        begins[phrase + 1] = size
    return tokens[:size], begins


@kernel
def is_spelled(codes: Any, first: Any, end: Any, tokens: Any, vowels: Any, allowed: Any) -> Any:
    """Return whether letters can be a spelling of the phrase with these tokens, at most 64.

    One bit of the state stands for each token that may have been the last one, so every letter is looked at once.
    """
    states, gap = np.uint64(1), 0
    for place in range(first, end):
        symbol = np.int64(codes[place]) - FIRST_OF_CLITICS
        if not 0 <= symbol < CLITIC_LETTERS:
            return False
        if vowels[symbol]:
            gap += 1
            continue
        after = np.uint64(0)
        for last in range(len(tokens)):
            if not states >> np.uint64(last) & np.uint64(1):
                continue
            least, most = tokens[last, 4], tokens[last, 5]
            for token in range(last + 1, len(tokens)):
                if least + tokens[token, 1] <= gap <= most + tokens[token, 2] and allowed[tokens[token, 0], symbol]:
                    after |= np.uint64(1) << np.uint64(token)
                if not tokens[token, 3]:
                    break
        states, gap = after, 0
        if not states:
            return False
    for last in range(len(tokens) - 1, -1, -1):
        if states >> np.uint64(last) & np.uint64(1) and tokens[last, 4] <= gap <= tokens[last, 5] + 3:
            return True
        if not tokens[last, 3]:
            break
    return False


@kernel
def spelled(codes: Any, places: Any, tokens: Any, begins: Any, vowels: Any, allowed: Any, each: Any) -> Any:
    """Return which of (phrase, first, end) can be spellings, at most `each` of one phrase, and whether more could."""
    out = np.zeros(len(places), np.bool_)
    seen = np.zeros(begins.size, np.int32)
    complete = True
    for row in range(len(places)):
        phrase = places[row, 0]
        own = tokens[begins[phrase] : begins[phrase + 1]]
        if is_spelled(codes, places[row, 1], places[row, 2], own, vowels, allowed):
            if seen[phrase] == each:
                complete = False
                continue
            seen[phrase] += 1
            out[row] = True
    return out, complete
