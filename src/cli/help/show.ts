// Help that was asked for: `-h` anywhere, `help COMMAND`, and a call with nothing at all.

import type { ListedCommand } from '../command.ts'
import { COMMANDS, NAMES } from '../command-list.ts'
import { reportFailure, UsageError } from '../errors.ts'
import { helpHint, unknownCommand } from '../misuse.ts'
import { print, terminalWidth } from '../terminal.ts'
import { commandHelp, programHelp } from './text.ts'

/** Prints the help of the command that the arguments name, or of the program, and gives the exit code. */
export async function showHelp(argv: readonly string[]): Promise<number> {
  try {
    const listed = commandIn(argv)
    print(
      listed ? commandHelp(listed, await listed.load(), widthOfHelp()) : programHelp(widthOfHelp()),
    )
    // Whoever calls without a word may have lost the rest: a script is not to go on
    return argv.length === 0 ? 2 : 0
  } catch (error) {
    return reportFailure(error)
  }
}

/** Undefined for the program itself. Throws UsageError. */
function commandIn(argv: readonly string[]): ListedCommand | undefined {
  const isHelp = argv[0] === 'help'
  const words = (isHelp ? argv.slice(1) : argv).filter((word) => !word.startsWith('-'))
  const [typed, ...others] = words
  if (isHelp && others.length > 0) {
    throw new UsageError('expected help COMMAND', [helpHint(undefined)])
  }
  if (typed === undefined || typed === 'help') return undefined
  const listed = COMMANDS.find(({ name }) => words.includes(name))
  if (listed) return listed
  throw unknownCommand(typed, NAMES)
}

/** Long lines are hard to read. */
function widthOfHelp(): number {
  return Math.max(40, Math.min(terminalWidth(), 100))
}
