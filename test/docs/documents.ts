// The documents that a user reads, and what a test wants of them: their links, their headings, and the commands they show.

import { readdirSync, readFileSync } from 'node:fs'
import { repositoryPath } from '../support/harness/repository.ts'

export interface Document {
  /** From the repository's root, with "/". */
  readonly path: string
  readonly text: string
}

/** README.md, the pages of docs/, and examples/README.md: what shows commands. */
export function readManual(): Document[] {
  const pages = readdirSync(repositoryPath('docs')).filter((name) => name.endsWith('.md'))
  return ['README.md', ...pages.sort().map((page) => `docs/${page}`), 'examples/README.md'].map(
    read,
  )
}

/** The manual, and the documents about the format, security and changes. */
export function readDocuments(): Document[] {
  return [...readManual(), ...['SPEC.md', 'SECURITY.md', 'CHANGELOG.md'].map(read)]
}

function read(path: string): Document {
  return { path, text: readFileSync(repositoryPath(path), 'utf8') }
}

/** The targets of all links in the text that lead to no other site. */
export function linksOf(text: string): string[] {
  const links = withoutCode(text).matchAll(/\]\((?!https?:)([^)\s]+)\)/g)
  return [...links].map(([, target = '']) => target)
}

/** The anchors of the headings, as GitHub makes them. */
export function anchorsOf(text: string): string[] {
  const headings = withoutCode(text).matchAll(/^#+ (.*)$/gm)
  return [...headings].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  )
}

/** The text without its fenced blocks, whose lines are no headings and no links. */
function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '')
}
