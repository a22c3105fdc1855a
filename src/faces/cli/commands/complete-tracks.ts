import { systemClock } from "../../../ground/clock.ts";
import { ExitCode, PleachError } from "../../../ground/errors.ts";
import { openRepo } from "../../../ground/git/repo.ts";
import { openStoreIfThere } from "../../../ground/store/store.ts";
import { allTracks } from "../../../track/track-store.ts";
import { type Context, verb } from "../verb.ts";

/** Called by the completion scripts at each Tab: it must be quick, and silent when it cannot. */
export const completeTracksVerb = verb({
  args: {},
  options: {},
  examples: [],
  run: async (context) => {
    for (const name of await trackNames(context)) context.out.line(name);
    return ExitCode.ok;
  },
});

async function trackNames({ invocation }: Context): Promise<readonly string[]> {
  try {
    const { repo } = await openRepo(invocation.folder, invocation.env);
    const store = openStoreIfThere(repo.stateDir, systemClock);
    return store === undefined ? [] : allTracks(store).map(({ name }) => name);
  } catch (error) {
    // An error in the middle of a command line cannot be read: the completion has no names then.
    if (error instanceof PleachError) return [];
    throw error;
  }
}
