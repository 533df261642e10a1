// Which subjects a file means by what it is called (SPEC.md §6), on every surface where a file is given by itself: it must
// not pass for another one than its name says.

/** Finds the subjects that a file of this path has to be, by index; none when its name leaves it open. */
export type SubjectFinder = (path: string) => readonly number[]

/**
 * Makes a finder over the subjects' names. A file means the subject of its own name. Else it means those whose names
 * agree with its path in most parts, read from the last part backwards, and of these such as it names in full:
 * "down/dist/a.bin" means "dist/a.bin" before "test/a.bin". Paths are divided at "/", and "." and ".." in them
 * are resolved. At most the last eight parts count. When no part agrees, spellings that some file systems take for one name
 * are alike: "PROD.BIN" means "dist/prod.bin".
 */
export function subjectFinder(names: readonly string[]): SubjectFinder {
  const exact = new Map<string, number[]>()
  for (const [i, name] of names.entries()) add(exact, name, i)
  let inexact: SubjectFinder | undefined
  let alike: SubjectFinder | undefined
  return (path) => {
    const same = exact.get(path)
    if (same) return same
    // Most files are called as their subjects are, and need no further index of a million names
    inexact ??= finderByParts(names)
    const found = inexact(path)
    if (found.length > 0) return found
    alike ??= finderByParts(names.map(fold))
    return alike(fold(path))
  }
}

/** Spells a path in lower case, composed (Unicode NFC), and with "/" for each backslash. */
function fold(path: string): string {
  return path.toLowerCase().normalize('NFC').replaceAll('\\', '/')
}

function finderByParts(names: readonly string[]): SubjectFinder {
  const whole = new Map<string, number[]>()
  const ending = new Map<string, number[]>()
  for (const [i, name] of names.entries()) {
    const parts = partsOf(name)
    if (parts.length > 0) add(whole, parts.join('/'), i)
    for (const end of endingsOf(parts)) add(ending, end, i)
  }
  return (path) => {
    for (const end of endingsOf(partsOf(path))) {
      const found = whole.get(end) ?? ending.get(end)
      if (found) return found
    }
    return []
  }
}

/** Divides a path into its parts without those that lead nowhere: "./a//b/../c" has "a" and "c". */
function partsOf(path: string): readonly string[] {
  const parts: string[] = []
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop()
    else parts.push(part)
  }
  return parts
}

/** Lists the ends of a path, the longest first. */
function endingsOf(parts: readonly string[]): readonly string[] {
  const last = parts.slice(-MAX_PARTS)
  return last.map((_, i) => last.slice(i).join('/'))
}

function add(index: Map<string, number[]>, key: string, value: number): void {
  const values = index.get(key)
  if (values) values.push(value)
  else index.set(key, [value])
}

/** The parts of a path that are looked at, so that long names take no more work than their bytes deserve. */
const MAX_PARTS = 8
