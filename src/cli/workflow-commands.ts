// What the runner of GitHub Actions takes for a command in our output, which nothing from outside may be.

/** Whether the runner reads what is printed. */
export function inActions(): boolean {
  return process.env.GITHUB_ACTIONS === 'true'
}

/**
 * Text in which the runner finds no command: "##[" anywhere in a line is the start of one, and so is "::" after the white
 * space that a line begins with. The runner compares as people read, so what is invisible may stand in between.
 */
export function withoutCommands(text: string): string {
  return withoutBrackets(text, '\\u{23}').replace(
    /^([^\x21-\x7e\n]*):(?=[^\x20-\x7e\n]*:)/gm,
    '$1\\u{3a}',
  )
}

/** JSON of the same value in which the runner finds no command: none of its lines begins with a colon. */
export function jsonWithoutCommands(json: string): string {
  return withoutBrackets(json, '\\u0023')
}

/** The line by which the runner shows an error beside the log. */
export function errorCommand(message: string): string {
  const escaped = withoutBrackets(message, '\\u{23}')
    .replaceAll('%', '%25')
    .replaceAll('\r', '%0D')
    .replaceAll('\n', '%0A')
  return `::error title=tls-stamp::${escaped}`
}

function withoutBrackets(text: string, instead: string): string {
  return text.replace(/#(?=[^\x20-\x7e\n]*#[^\x20-\x7e\n]*\[)/g, () => instead)
}
