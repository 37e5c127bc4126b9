// SPDX-License-Identifier: MIT
// What gVisor's tests get from its build system: where a program lies that
// another one starts, how a test program begins and runs its tests.
#include <csignal>
#include <cstdlib>
#include <new>
#include <string>

#include "absl/flags/parse.h"
#include "gtest/gtest.h"
#include "test/util/fs_util.h"
#include "test/util/test_util.h"

// Debian has benchmark as a shared library alone; no test needs more of it.
namespace benchmark {
namespace internal {

int InitializeStreams()
{
	return 0;
}

}  // namespace internal
}  // namespace benchmark

namespace gvisor {
namespace testing {

// All programs lie in one folder.
std::string RunfilePath(std::string path)
{
	return "/gv/" + path.substr(path.rfind('/') + 1);
}

void SetupGvisorDeathTest() {}

void TestInit(int *argc, char ***argv)
{
	::testing::InitGoogleTest(argc, *argv);
	absl::ParseCommandLine(*argc, *argv);
	signal(SIGPIPE, SIG_IGN);
}

int RunAllTests()
{
	return RUN_ALL_TESTS();
}

}  // namespace testing
}  // namespace gvisor
