// tls-stamp completion: a script by which a shell completes commands, options and files.

import { type Command, defineCommand, type ListedCommand } from '../command.ts'
import { CallError } from '../errors.ts'
import { print } from '../terminal.ts'

/** The command that completes these commands. */
export function completionOf(commands: readonly ListedCommand[]): Command {
  return defineCommand({
    about: [
      'Prints a script for bash or zsh that completes the commands and options of tls-stamp, and files. It holds everything that it needs, and runs no program when a word is completed.',
    ],
    operands: [],
    notes: [
      'bash: add the line "source <(tls-stamp completion bash)" to ~/.bashrc.',
      'zsh: add the line "source <(tls-stamp completion zsh)" to ~/.zshrc, after compinit; or write the output to a file named _tls-stamp in a folder of $fpath.',
    ],
    example: 'bash',
    options: {},
    run: async ([shell, ...others]) => {
      if (others.length > 0 || (shell !== 'bash' && shell !== 'zsh')) {
        throw new CallError('expected bash or zsh')
      }
      const { bashScript, zshScript } = await import('../help/shells.ts')
      print(await (shell === 'bash' ? bashScript(commands) : zshScript(commands)))
      return 0
    },
  })
}
