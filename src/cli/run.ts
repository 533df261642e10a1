// The way in: what is answered at once, and the rest, which is loaded only then, since start-up is most of a short run.

import { version } from '../version.ts'
import { print, watchStreams } from './terminal.ts'

/** Runs one command and gives its exit code: 0 done or passed, 1 failed, indeterminate or refused, 2 could not run. */
export async function run(argv: readonly string[]): Promise<number> {
  watchStreams()
  if (argv.length === 1 && argv[0] === '--version') {
    print(version)
    return 0
  }
  if (isHelp(argv)) {
    const { showHelp } = await import('./help/show.ts')
    return showHelp(argv)
  }
  const { runCommand } = await import('./main.ts')
  return runCommand(argv)
}

/** Whether help is asked for, or there is nothing else to do. */
function isHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  const words = end < 0 ? argv : argv.slice(0, end)
  return argv.length === 0 || argv[0] === 'help' || words.some((word) => HELP.includes(word))
}

const HELP: readonly string[] = ['-h', '--help']
