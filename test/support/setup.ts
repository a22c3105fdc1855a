// Nothing of the person who runs the tests may leak in: no user or system git configuration, no
// wish about colours and width, and a fixed identity and time unless a test sets its own.
process.env["GIT_CONFIG_GLOBAL"] = "/dev/null";
process.env["GIT_CONFIG_SYSTEM"] = "/dev/null";
process.env["GIT_AUTHOR_NAME"] = "Test";
process.env["GIT_AUTHOR_EMAIL"] = "test@example.invalid";
process.env["GIT_COMMITTER_NAME"] = "Test";
process.env["GIT_COMMITTER_EMAIL"] = "test@example.invalid";
for (const name of ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"]) delete process.env[name];
for (const name of ["COLUMNS", "FORCE_COLOR", "NO_COLOR"]) delete process.env[name];
