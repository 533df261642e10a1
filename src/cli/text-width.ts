// Stands in for the package string-width in the bundle: yargs measures nothing but our help, and the real one loads
// tables of emoji at each start, which takes as long as verifying a statement.

// biome-ignore lint/style/noDefaultExport: the package has one
export default function textWidth(text: string): number {
  return text.length
}
