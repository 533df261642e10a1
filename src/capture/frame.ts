// One captured packet as both file formats hold it, before anybody asks what is in it.

/** A packet as it was captured. */
export interface Frame {
  /** LINKTYPE_ number of what `bytes` begin with. */
  readonly linkType: number
  /** What was captured: a view into the file. */
  readonly bytes: Uint8Array
  /** Milliseconds since 1970-01-01 UTC, with a fraction; undefined when the format holds no time. */
  readonly time: number | undefined
}

/** The longest packet that is read; libpcap captures no longer ones. */
export const MAX_FRAME: number = 2 ** 18

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
