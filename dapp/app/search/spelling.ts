// How names are compared. Places of Haryana are written in Devanagari and, in many spellings, in Latin letters: both are
// brought to one rough sound, so that "बड़का", "Barka" and "badka" meet.

const LETTERS: Record<string, string> = {
  अ: 'a', आ: 'a', इ: 'i', ई: 'i', उ: 'u', ऊ: 'u', ऋ: 'ri', ए: 'e', ऐ: 'e', ओ: 'o', औ: 'o', ऑ: 'o',
  'ा': 'a', 'ि': 'i', 'ी': 'i', 'ु': 'u', 'ू': 'u', 'ृ': 'ri', 'े': 'e', 'ै': 'e', 'ो': 'o', 'ौ': 'o', 'ॉ': 'o',
  'ं': 'n', 'ँ': 'n', 'ः': '', '्': '', '़': '',
  क: 'k', ख: 'kh', ग: 'g', घ: 'gh', ङ: 'n', च: 'ch', छ: 'ch', ज: 'j', झ: 'jh', ञ: 'n',
  ट: 't', ठ: 'th', ड: 'd', ढ: 'dh', ण: 'n', त: 't', थ: 'th', द: 'd', ध: 'dh', न: 'n',
  प: 'p', फ: 'ph', ब: 'b', भ: 'bh', म: 'm', य: 'y', र: 'r', ल: 'l', व: 'v', श: 'sh', ष: 'sh', स: 's', ह: 'h', ळ: 'l',
}
const CONSONANT = /[क-ह]/
const FOLLOWS = /[\u093e-\u094d\u093c]/

/** Devanagari in Latin letters; everything else stays. */
export function latin(text: string): string {
  const letters = [...text.normalize('NFD')]
  return letters
    .map((letter, i) => {
      const next = letters[i + 1] ?? ''
      if (/[०-९]/.test(letter)) return String(letter.charCodeAt(0) - 0x966)
      const written = LETTERS[letter] ?? letter
      // A consonant without a sign carries an "a", but at the end of a word it is not spoken.
      const isBare = CONSONANT.test(letter) && !FOLLOWS.test(next) && CONSONANT.test(next)
      return isBare ? `${written}a` : written
    })
    .join('')
}

/** Lower case, without accents and punctuation, words apart by one space. */
export const plain = (text: string): string =>
  latin(text)
    .normalize('NFD')
    .replace(/[\u0300-\u036f]/g, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

/** The rough sound of a plain name: its consonants, as spellings differ in vowels first of all. */
export const sound = (plainText: string): string =>
  plainText
    .replace(/ph/g, 'f')
    .replace(/w/g, 'v')
    .replace(/z/g, 'j')
    .replace(/([kgcjtdbs])h/g, '$1')
    .replace(/y/g, 'i')
    // A flapped d is written as d and as r.
    .replace(/d/g, 'r')
    // Of vowels stays only that a word begins with one.
    .replace(/\b[aeiou]+/g, 'A')
    .replace(/[aeiou]+/g, '')
    .replace(/(.)\1+/g, '$1')
