// Words of a command line that somebody is to type.

import { printable } from '../encoding/index.ts'

/** As a shell takes it for one word, in characters that can be shown: with $'...' of bash, zsh and POSIX 2024 where it has others. */
export function shellWord(text: string): string {
  if (/^[\w./:@%+=,-]+$/.test(text)) return text
  if (printable(text) === text) return `'${text.replaceAll("'", "'\\''")}'`
  const bytes = [...new TextEncoder().encode(text)]
  const spelt = bytes.map((byte) => {
    const character = String.fromCharCode(byte)
    return /[\w./:@%+=,-]/.test(character) && byte < 0x80
      ? character
      : `\\x${byte.toString(16).padStart(2, '0')}`
  })
  return `$'${spelt.join('')}'`
}

/** The word for a file: one that begins with a dash would be an option. */
export function shellPath(path: string): string {
  return shellWord(path.startsWith('-') && path !== '-' ? `./${path}` : path)
}
