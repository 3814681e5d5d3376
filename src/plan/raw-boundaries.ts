/**
 * The boundaries between raw frames at which `--exhaustive` kills: where every recording of a fault-free step agrees.
 *
 * Frames are numbered per link and direction, over all connections of a link, from the frame that completes the
 * delivery of the step's message on (number 0). A stream of n frames has n + 1 boundaries: before each, and after the
 * last. Nothing here knows what a frame means. Where recordings differ (a poller, a chunk that the network cut
 * elsewhere), the frames up to the first difference are taken, and the difference is told.
 */
import { inLane } from '../model/point.ts'

export interface RecordedFrame {
  readonly link: string
  readonly direction: 'request' | 'reply'
  readonly label: string
}

export interface Boundary {
  readonly link: string
  readonly direction: 'request' | 'reply'
  /** Number of the frame that is withheld, with all that follows anywhere. */
  readonly at: number
  /** Of whose message, where the workload has several lanes. */
  readonly lane?: string
  /** What that frame is called; undefined where it is the last one before that passes, and nothing is waited for. */
  readonly label: string | undefined
}

export interface Boundaries {
  readonly boundaries: readonly Boundary[]
  /** One sentence for each stream in which the recordings differ. */
  readonly differences: readonly string[]
}

export function boundaryName(
  { link, direction, at, lane }: Pick<Boundary, 'link' | 'direction' | 'at' | 'lane'>,
): string {
  return inLane(`raw ${link} ${direction} ${at}`, lane)
}

export function commonBoundaries(recordings: readonly (readonly RecordedFrame[])[]): Boundaries {
  const boundaries: Boundary[] = []
  const differences: string[] = []
  for (const { link, direction } of streamsIn(recordings)) {
    const streams = recordings.map((frames) => frames
      .filter((frame) => frame.link === link && frame.direction === direction).map((frame) => frame.label))
    const common = commonStart(streams)
    const lengths = streams.map((labels) => labels.length)
    if (lengths.some((length) => length !== common.length)) {
      differences.push(`${link} ${direction}: ${lengths.join(', ')} frames, of which the first ${common.length} agree`)
    }
    if (common.length === 0) continue
    for (const [at, label] of common.entries()) boundaries.push({ link, direction, at, label })
    boundaries.push({ link, direction, at: common.length, label: undefined })
  }
  return { boundaries, differences }
}

/** In order of sight. */
function streamsIn(recordings: readonly (readonly RecordedFrame[])[]): Pick<Boundary, 'link' | 'direction'>[] {
  const frames = recordings.flat()
  return [...new Map(frames.map(({ link, direction }) => [`${link} ${direction}`, { link, direction }])).values()]
}

function commonStart(streams: readonly (readonly string[])[]): string[] {
  const [first = [], ...others] = streams
  const end = first.findIndex((label, i) => others.some((labels) => labels[i] !== label))
  return first.slice(0, end === -1 ? first.length : end)
}
