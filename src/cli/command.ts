// What a command is: what its --help says, its options, each stated once with how it is read, and what it does.

import type { Options as YargsOption } from 'yargs'
import { readVariable, variableOf } from './environment.ts'
import { UsageError } from './errors.ts'
import { silence, tellSettings } from './terminal.ts'

type YargsPart = Pick<
  YargsOption,
  'alias' | 'array' | 'defaultDescription' | 'describe' | 'nargs' | 'requiresArg' | 'type'
>

/** An option for yargs, and how its value is read: yargs' own `coerce` would keep no more of an error than its message. */
export interface Option<Value> extends YargsPart {
  /**
   * `typed` is text or true, a list when the option was given more than once, undefined when it was not given; errors call
   * it `shown`. Throws UsageError.
   */
  readonly read: (typed: unknown, shown: string) => Value
  /** What parts the values in a variable of the environment, when there may be several. */
  readonly several?: RegExp
  /** What stands for the value in help, such as "FILE"; undefined for an option without one. */
  readonly value?: string
  /** All values that it takes, when they are few. */
  readonly words?: readonly string[]
}

export type Options = Readonly<Record<string, Option<unknown>>>

/** The values of options, by their names. */
export type Values<Some extends Options> = {
  readonly [Name in keyof Some]: ReturnType<Some[Name]['read']>
}

/** What its --help and the man page say of a command, which is called by the name in src/cli/command-list.ts. */
interface Help {
  /** What may follow the name, a line each, when the list of commands does not say it all. */
  readonly calls?: readonly string[]
  /** Paragraphs. */
  readonly about: readonly string[]
  /** Each operand by its name, and what it is. */
  readonly operands: readonly (readonly [name: string, meaning: string])[]
  /** Paragraphs that follow the operands. */
  readonly notes?: readonly string[]
  /** What follows the name in a call that is worth showing. */
  readonly example: string
}

export interface Command extends Help {
  readonly options: Options
  /**
   * Reads the arguments, as yargs parsed them and as they were typed, and gives what does the work, whose result is the exit code.
   * From then on no more is printed than was asked for. Both throw what went wrong, CallError for operands.
   */
  readonly prepare: (
    typed: Readonly<Record<string, unknown>>,
    argv: readonly string[],
  ) => () => Promise<number>
}

/** A command before it is loaded. */
export interface ListedCommand {
  readonly name: string
  /** What follows the name besides options, in one line. */
  readonly operands: string
  /** The same with options that operands depend on, for which the list of commands has no room. */
  readonly wholeUsage?: string
  /** What the command does, in a few words. */
  readonly purpose: string
  readonly load: () => Promise<Command>
}

/** A command, whose `run` takes its operands, which are what is no option or stands behind "--", and its options. */
export function defineCommand<Own extends Options>(
  definition: Help & {
    readonly options: Own
    readonly run: (
      operands: readonly string[],
      values: Values<Own>,
      argv: readonly string[],
    ) => Promise<number>
  },
): Command {
  const { options, run } = definition
  const valuesOf = (typed: Readonly<Record<string, unknown>>): Values<Own> => {
    const variables: string[] = []
    const read = Object.entries(options).map(([name, option]) => {
      const variable = variableOf(name)
      const text = typed[name] === undefined ? process.env[variable] : undefined
      // CI systems set what is not given to nothing
      if (text === undefined || text === '') return [name, option.read(typed[name], `--${name}`)]
      variables.push(variable)
      return [name, readVariable(option, text, variable)]
    })
    const values = Object.fromEntries(read)
    for (const other of ['verbose', 'json']) {
      if (values.quiet !== true || values[other] !== true) continue
      const set = ['quiet', other].filter((name) => variables.includes(variableOf(name)))
      if (set.length !== 1) throw eitherOf('quiet', other, set)
      // What is typed overrules what is set
      values[set[0] ?? ''] = false
    }
    silence(values.quiet === true)
    tellSettings(variables)
    return values
  }
  return {
    ...definition,
    // yargs loses a "-" among its own positionals, and what follows "--"
    prepare: ({ _: words, ...typed }, argv) => {
      const [, ...operands] = each(words, 'each argument')
      const values = valuesOf(typed)
      return () => run(operands, values, argv)
    },
  }
}

/** Of two options, both typed or both `set` by variables. */
function eitherOf(one: string, other: string, set: readonly string[]): UsageError {
  const [first, second] = [one, other].map((name) => {
    return set.includes(name) ? variableOf(name) : `--${name}`
  })
  return new UsageError(`expected either ${first} or ${second}`)
}

/** An option that is there or not. */
export function flag(describe: string): Option<boolean> {
  return { type: 'boolean', describe, read: Boolean }
}

/** Reads the text of one value, which is not empty. Throws UsageError. */
export interface Read<Value> {
  (text: string, shown: string): Value
  /** All texts that it takes, when they are few. */
  readonly words?: readonly string[]
}

export interface SettingHelp extends Pick<YargsOption, 'alias'> {
  /** What stands for the value in help. */
  readonly value: string
  readonly describe: string
  /** What is done without the option, in words. */
  readonly without?: string
}

/** An option with a value, which `otherwise` is as one might type it, or which is undefined when it was not given. */
export function setting<Value>(
  help: SettingHelp & { readonly otherwise: string },
  read: Read<Value>,
): Option<Value>
export function setting<Value>(help: SettingHelp, read: Read<Value>): Option<Value | undefined>
export function setting<Value>(
  { value, describe, alias, without, otherwise }: SettingHelp & { readonly otherwise?: string },
  read: Read<Value>,
): Option<Value | undefined> {
  const defaultDescription = without ?? otherwise
  return {
    requiresArg: true,
    value,
    describe,
    ...(alias !== undefined && { alias }),
    ...(defaultDescription !== undefined && { defaultDescription }),
    ...(read.words && { words: read.words }),
    read: (typed = otherwise, shown) =>
      typed === undefined ? undefined : read(single(typed, shown), shown),
  }
}

/** An option with a value that may be given more than once. */
export function repeated<Value>(
  { value, describe, without }: SettingHelp,
  read: Read<Value>,
): Option<readonly Value[]> {
  const defaultDescription = without
  return {
    array: true,
    nargs: 1,
    requiresArg: true,
    several: /[\s,]+/,
    value,
    describe,
    ...(defaultDescription !== undefined && { defaultDescription }),
    read: (typed, shown) => each(typed, shown).map((text) => read(text, shown)),
  }
}

/**
 * A file, or "-" for standard input, that may be given more than once: yargs takes no "-" into an array. A variable has one a
 * line, since a file's name may hold white space and commas.
 */
export function repeatedFile(describe: string): Option<readonly string[]> {
  return { nargs: 1, requiresArg: true, several: /[\r\n]+/, value: 'FILE', describe, read: each }
}

export const anyText: Read<string> = (text) => text

export function integerFrom(min: number, max: number): Read<number> {
  return (text, shown) => {
    const number = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN
    if (number >= min && number <= max) return number
    throw new UsageError(`expected ${shown} to be a number from ${min} to ${max}, got ${text}`)
  }
}

export const portNumber: Read<number> = integerFrom(1, 65535)

export function secondsFrom(min: number, max: number): Read<number> {
  return (text, shown) => {
    const number = /^\d{1,15}(?:\.\d{1,3})?$/.test(text) ? Number(text) : Number.NaN
    if (number >= min && number <= max) return number
    throw new UsageError(`expected ${shown} from ${min} to ${max} seconds, got ${text}`)
  }
}

/** One of these words, two at least. */
export function oneOf<const Word extends string>(words: readonly Word[]): Read<Word> {
  const read = (text: string, shown: string): Word => {
    const word = words.find((one) => one === text)
    if (word !== undefined) return word
    const [last, ...others] = [...words].reverse()
    throw new UsageError(`expected ${shown} ${others.reverse().join(', ')} or ${last}, got ${text}`)
  }
  return Object.assign(read, { words })
}

function single(typed: unknown, shown: string): string {
  if (Array.isArray(typed)) throw new UsageError(`expected ${shown} once, got ${typed.join(', ')}`)
  if (typeof typed === 'string' && typed !== '') return typed
  throw new UsageError(`expected ${shown} not to be empty`)
}

function each(typed: unknown, shown: string): readonly string[] {
  return [typed ?? []].flat().map((one) => single(one, shown))
}
