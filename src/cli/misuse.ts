// What yargs found wrong with the arguments, or lets pass, in our manner of speaking.

import type { Options } from './command.ts'
import { UsageError } from './errors.ts'

/** yargs takes `--force=no` for a false one, and says nothing. */
export function requireBareFlags(argv: readonly string[], options: Options): void {
  const end = argv.indexOf('--')
  for (const word of argv.slice(0, end < 0 ? undefined : end)) {
    const [, name = ''] = /^--([^=]+)=/.exec(word) ?? []
    if (Object.hasOwn(options, name) && options[name]?.type === 'boolean') {
      throw new UsageError(`expected --${name} without a value`)
    }
  }
}

/** Where to read how a command, or the program, is called. */
export function helpHint(command: string | undefined): string {
  return `see tls-stamp ${command ? `${command} ` : ''}--help`
}

/** What yargs found wrong, in our manner of speaking; `commands` are the names of all. */
export function misuse(
  message: string,
  argv: readonly string[],
  commands: readonly string[],
): UsageError {
  const command = argv.find((word) => commands.includes(word))
  const help = helpHint(command)
  const [line = ''] = message.split('\n')
  const similar = /^Did you mean (\w+)/.exec(line)?.[1]
  if (similar) {
    const typed = argv.find((word) => !word.startsWith('-')) ?? ''
    return new UsageError(`unknown command ${typed}`, [`did you mean ${similar}?`, help])
  }
  const valueless = /^Not enough arguments following: (.*)/.exec(line)?.[1]
  if (valueless) return new UsageError(`expected a value after ${asTyped(valueless, argv)}`, [help])
  const unknown = /^Unknown (?:arguments?|commands?): (.*)/.exec(line)?.[1]?.split(', ')[0]
  if (unknown !== undefined) {
    const typed = asTyped(unknown, argv)
    return new UsageError(`unknown ${typed.startsWith('-') ? 'option' : 'command'} ${typed}`, [
      help,
    ])
  }
  return new UsageError(line.charAt(0).toLowerCase() + line.slice(1), [help])
}

/** An option's name as the user spelled it. */
function asTyped(name: string, argv: readonly string[]): string {
  const spellings = [`--${name}`, `-${name}`]
  const words = argv.map((word) => word.replace(/=.*/s, ''))
  return spellings.find((spelling) => words.includes(spelling)) ?? name
}
