// Packet captures (pcap, pcapng) to the TCP streams within.

export { type Capture, type Connection, looksLikeCapture, readCapture } from './capture.ts'
