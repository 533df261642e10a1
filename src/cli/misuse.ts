// What yargs found wrong with the arguments, or lets pass, in our manner of speaking.

import { existsSync } from 'node:fs'
import type { Options } from './command.ts'
import { UsageError } from './errors.ts'
import { shellPath } from './shell-word.ts'
import { similarNames } from './similar-names.ts'

/** yargs takes `--force=no` for a false one, and says nothing. */
export function requireBareFlags(argv: readonly string[], options: Options): void {
  for (const word of beforeDashes(argv)) {
    const [, name = ''] = /^--([^=]+)=/.exec(word) ?? []
    if (Object.hasOwn(options, name) && options[name]?.type === 'boolean') {
      throw new UsageError(`expected --${name} without a value`)
    }
  }
}

/** yargs reads `-dash` as four options, and has no suggestion for any. Throws UsageError for an option that there is not. */
export function requireKnown(argv: readonly string[], options: Options, command: string): void {
  const words = beforeDashes(argv)
  const letters = Object.values(options).map(({ alias }) => alias)
  for (const [i, word] of words.entries()) {
    const [, name] = /^--([^=]+)/s.exec(word) ?? []
    if (name !== undefined && name !== 'version' && !Object.hasOwn(options, name)) {
      throw unknownOption(`--${name}`, Object.keys(options), helpHint(command))
    }
    const [, letter] = /^-([a-z])/i.exec(word) ?? []
    if (letter !== undefined && !letters.includes(letter) && !isValue(words[i - 1], options)) {
      const meant = [...Object.keys(options), 'version'].filter((each) => each[0] === word[1])
      if (word.length === 2 && meant.length > 0) throw unknownOption(word, meant, helpHint(command))
      throw new UsageError(`unknown option ${word}`, [
        `to give a file of that name: ./${word}`,
        helpHint(command),
      ])
    }
  }
}

/** Whether what follows the word is its value, or lacks as that. */
function isValue(word: string | undefined, options: Options): boolean {
  const [, name, letter] = /^(?:--([^=]+)|-([a-z]))$/i.exec(word ?? '') ?? []
  return Object.entries(options).some(
    ([long, { alias = '', type }]) =>
      type !== 'boolean' && (long === name || (letter !== undefined && alias === letter)),
  )
}

/** The options among the arguments, with their values, as they were typed. */
export function optionsTyped(argv: readonly string[], options: Options): readonly string[] {
  return beforeDashes(argv).filter(
    (word, i, words) => /^-./.test(word) || isValue(words[i - 1], options),
  )
}

function beforeDashes(argv: readonly string[]): readonly string[] {
  const end = argv.indexOf('--')
  return argv.slice(0, end < 0 ? undefined : end)
}

/** Suggests those that a slip or two lead to, or that begin as the one that was typed. */
function unknownOption(typed: string, names: readonly string[], help: string): UsageError {
  const name = typed.replace(/^-+/, '').toLowerCase()
  const begun = names.filter((each) => each.startsWith(name)).slice(0, 3)
  const similar = begun.length > 0 ? begun : similarNames(name, names)
  const meant = similar.map((each) => `--${each}`).join(' or ')
  return new UsageError(`unknown option ${typed}`, [
    ...(meant === '' ? [] : [`did you mean ${meant}?`]),
    help,
  ])
}

/** Where to read how a command, or the program, is called. */
export function helpHint(command: string | undefined): string {
  return `see tls-stamp ${command ? `${command} ` : ''}--help`
}

/** The error for a command that there is not. */
export function unknownCommand(typed: string, commands: readonly string[]): UsageError {
  const help = helpHint(undefined)
  if (typed === 'version') {
    return new UsageError(`unknown command ${typed}`, ['did you mean --version?', help])
  }
  const [similar] = similarNames(typed, commands)
  if (similar !== undefined && typed.length > 2) {
    return new UsageError(`unknown command ${typed}`, [`did you mean ${similar}?`, help])
  }
  const file = shellPath(typed)
  const hints = existsSync(typed)
    ? [`to sign the file: tls-stamp sign ${file}`, `to verify it: tls-stamp verify ${file}`]
    : [help]
  return new UsageError(`unknown command ${typed}`, hints)
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
  const valueless = /^Not enough arguments following: (.*)/.exec(line)?.[1]
  if (valueless) return new UsageError(`expected a value after ${asTyped(valueless, argv)}`, [help])
  const unknown = /^Unknown (?:arguments?|commands?): (.*)/.exec(line)?.[1]?.split(', ')[0]
  if (unknown !== undefined) {
    const typed = asTyped(unknown, argv)
    return typed.startsWith('-')
      ? unknownOption(typed, ['help', 'version'], help)
      : unknownCommand(typed, commands)
  }
  return new UsageError(line.charAt(0).toLowerCase() + line.slice(1), [help])
}

/** An option's name as the user spelled it. */
function asTyped(name: string, argv: readonly string[]): string {
  const spellings = [`--${name}`, `-${name}`]
  const words = argv.map((word) => word.replace(/=.*/s, ''))
  return spellings.find((spelling) => words.includes(spelling)) ?? name
}
