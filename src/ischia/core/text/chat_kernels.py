"""Compiled loops of chat spelling. All of them stand in one file, because numba's cache watches only that file."""

from __future__ import annotations

from typing import Any

import numpy as np

from ischia.core.matching.intrinsics import kernel
from ischia.core.text.phrase_kernels import CLITIC_LETTERS, FIRST_OF_CLITICS, seen_in


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
    """Return those of (phrase, first, end) that can be spellings, at most `each` of a phrase, and if all are there."""
    found = np.empty((len(places), 3), np.int32)
    seen = np.zeros(0, np.uint8)
    count, complete = 0, True
    for row in range(len(places)):
        phrase = places[row, 0]
        own = tokens[begins[phrase] : begins[phrase + 1]]
        if is_spelled(codes, places[row, 1], places[row, 2], own, vowels, allowed):
            if count == each and not seen.size:
                seen = seen_in(found[:count], begins.size)
            if seen.size:
                if seen[phrase] == each:
                    complete = False
                    continue
                seen[phrase] += 1
            found[count] = places[row]
            count += 1
    return found[:count], complete
