// Completion scripts for bash and zsh, made from the same options as the help.

import type { ListedCommand, Option } from '../command.ts'
import { shellWord } from '../shell-word.ts'
import { meaning } from './words.ts'

interface Completed {
  readonly name: string
  readonly purpose: string
  readonly options: readonly (readonly [name: string, option: Option<unknown>])[]
}

async function loaded(listed: readonly ListedCommand[]): Promise<readonly Completed[]> {
  return Promise.all(
    listed.map(async ({ name, purpose, load }) => {
      const { options } = await load()
      return { name, purpose, options: [...Object.entries(options), HELP] }
    }),
  )
}

/** A script that defines the function of `complete`. Words that are no option are files, which bash completes itself. */
export async function bashScript(listed: readonly ListedCommand[]): Promise<string> {
  const commands = await loaded(listed)
  const names = commands.map(({ name }) => name)
  const cases = commands.map(({ name, options }) => {
    const valued = options.filter(([, { value }]) => value !== undefined)
    const patterns = (some: typeof options): string =>
      some.flatMap((option) => spelled(...option)).join('|')
    const lines = [
      ...valued.flatMap(([long, option]) =>
        option.words ? [`${patterns([[long, option]])}) words='${option.words.join(' ')}' ;;`] : [],
      ),
      `${patterns(valued.filter(([, option]) => takesFile(option))) || "''"}) ;;`,
      `${patterns(valued.filter(([, option]) => !takesFile(option) && !option.words)) || "''"}) return ;;`,
      `*) words='${FIRST_WORDS.get(name)?.join(' ') ?? ''}' options='${options.flatMap((option) => spelled(...option)).join(' ')}' ;;`,
    ]
    return `    ${name})\n      case $previous in\n${lines.map((line) => `        ${line}\n`).join('')}      esac\n      ;;`
  })
  return `# bash completion for tls-stamp
_tls_stamp() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} words= options=
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W '${[...names, 'help', '--help', '--version'].join(' ')}' -- "$current"))
    return
  fi
  case \${COMP_WORDS[1]} in
    help) words='${names.join(' ')}' ;;
${cases.join('\n')}
  esac
  if [[ $current == -* ]]; then words=$options; fi
  if [[ -n $words ]]; then COMPREPLY=($(compgen -W "$words" -- "$current")); return; fi
  compopt -o default 2>/dev/null
}
complete -F _tls_stamp tls-stamp`
}

/** A script that is a function of zsh's completion system, and registers itself where it is sourced. */
export async function zshScript(listed: readonly ListedCommand[]): Promise<string> {
  const commands = await loaded(listed)
  const cases = commands.map(({ name, options }) => {
    const words = FIRST_WORDS.get(name)
    const rest = words ? `'*:shell:(${words.join(' ')})'` : "'*:file:_files'"
    const specs = [...options.flatMap(([long, option]) => zshSpec(long, option)), rest]
    return `    ${name}) _arguments -s ${specs.join(' ')} ;;`
  })
  return `#compdef tls-stamp
_tls-stamp() {
  local -a commands
  commands=(
${commands.map(({ name, purpose }) => `    ${shellWord(`${name}:${purpose}`)}`).join('\n')}
    'help:show the help of a command'
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
    help) _describe command commands ;;
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _tls-stamp ]]; then _tls-stamp "$@"; else compdef _tls-stamp tls-stamp; fi`
}

/** What _arguments takes: "'*--sums[sign ...]:FILE:_files'". */
function zshSpec(long: string, option: Option<unknown>): readonly string[] {
  const { value, words, several } = option
  const about = meaning(option).replace(/[[\]:\\]/g, '\\$&')
  const action = words ? `(${words.join(' ')})` : takesFile(option) ? '_files' : ' '
  const shown = value?.replace(/[[\]:\\]/g, '\\$&')
  const argument =
    value === undefined ? '' : `${value.startsWith('[') ? '::' : ':'}${shown}:${action}`
  return spelled(long, option).map((name) =>
    shellWord(`${several ? '*' : ''}${name}[${about}]${argument}`),
  )
}

function spelled(long: string, { alias }: Option<unknown>): readonly string[] {
  return alias === undefined ? [`--${long}`] : [`-${alias}`, `--${long}`]
}

function takesFile({ value }: Option<unknown>): boolean {
  return value !== undefined && /FILE|DIR|PATH/.test(value)
}

const HELP: readonly [string, Option<unknown>] = [
  'help',
  { alias: 'h', type: 'boolean', describe: 'show this help', read: Boolean },
]

/** What else than files a command takes. */
const FIRST_WORDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['completion', ['bash', 'zsh']],
])
