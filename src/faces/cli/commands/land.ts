import { ExitCode } from "../../../ground/errors.ts";
import { parseTrackName } from "../../../ground/ids.ts";
import { allTracks, requireTrack } from "../../../grow/track-store.ts";
import { landTrack } from "../../../land/land.ts";
import type { LandReport } from "../../../land/landing.ts";
import { findOwnTrack } from "../../../run/own-track.ts";
import { recoverAll } from "../../../run/recover.ts";
import { formatLanding, landExitCode } from "../../../watch/landing.ts";
import { consentTo, openProject } from "../project.ts";
import { choice, flag, jsonFlag, many, verb, yesFlag } from "../verb.ts";

export const land = verb({
  args: { tracks: many("track", "the tracks; without any, all that are ready") },
  options: {
    strategy: choice("--strategy <how>", "how commits get onto the target", [
      "rebase",
      "squash",
      "merge",
    ]),
    acceptGate: flag("--accept-gate", "let changes of guarded paths in: you have looked at them"),
    noGate: flag("--no-gate", "land although no gate is configured"),
    json: jsonFlag,
    yes: yesFlag,
  },
  details: "The tree that lands is the tree that was tested, or nothing lands.",
  examples: [
    ["pleach land auth", "gate and land one track"],
    ["pleach land", "every track that is ready, the oldest first"],
  ],
  run: async (context, args, { strategy, acceptGate, noGate, json, yes }) => {
    const { out } = context;
    const project = await openProject(context);
    const { ground, config } = project;
    await consentTo(project, context.out, { yes });
    await recoverAll(ground, config);
    const named = args.tracks.map((name) => requireTrack(ground.store, parseTrackName(name)));
    const own = named.length === 0 ? findOwnTrack(ground) : undefined;
    const tracks = own === undefined ? named : [own];
    const ready = allTracks(ground.store)
      .filter(({ at }) => at.state === "ready")
      .toSorted((a, b) => a.since - b.since);
    const signal = context.interruption();
    const landings: LandReport[] = [];
    for (const { name } of tracks.length === 0 ? ready : tracks) {
      if (signal.aborted) break;
      const report = await landTrack(ground, config, name, {
        ...(strategy === undefined ? {} : { strategy }),
        acceptGate,
        noGate,
        signal,
        onProgress: (progress) => {
          if (progress.kind === "note") out.note(progress.text);
          else if (progress.kind === "output") out.note(progress.text.trimEnd());
          else out.note(`${name}: ${progress.step}`);
        },
      });
      landings.push(report);
      if (!json) for (const line of formatLanding(report, out.paper)) out.line(line);
    }
    if (json) out.document({ landings });
    else if (landings.length === 0) out.note("no track is ready; pleach ls shows where they stand");
    return signal.aborted ? ExitCode.interrupted : landExitCode(landings);
  },
});
