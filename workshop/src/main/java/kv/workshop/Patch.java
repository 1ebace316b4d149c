/*
 * WHAT THIS FILE IS
 *
 * A patch, as git diff writes it, to files of one folder. It is applied only if every line that it
 * names is where it says: patch and git would look for the place nearby, and then nobody would
 * notice that the patch and the code grow apart.
 */
package kv.workshop;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import com.github.difflib.patch.PatchFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Changes files as a patch says. */
final class Patch {
  private Patch() {}

  /**
   * Applies a patch to the files in a folder that have the names of those in the patch.
   *
   * @throws IOException if one of them is not as the patch says; those before it were changed then
   */
  static void apply(Path patch, Path folder) throws IOException {
    // One part for each file, which begins like this.
    for (String part : Files.readString(patch).split("(?m)^(?=diff )")) {
      if (!part.isBlank()) {
        applyTo(folder, part.lines().toList(), patch);
      }
    }
  }

  private static void applyTo(Path folder, List<String> part, Path patch) throws IOException {
    String target = part.stream().filter(line -> line.startsWith("+++ ")).findFirst().orElseThrow();
    Path file = folder.resolve(target.substring(target.lastIndexOf('/') + 1));
    try {
      List<String> lines = Files.readString(file).lines().toList();
      List<String> patched = DiffUtils.patch(lines, UnifiedDiffUtils.parseUnifiedDiff(part));
      Files.writeString(file, String.join("\n", patched) + "\n");
    } catch (PatchFailedException e) {
      throw new IOException(
          patch
              + " does not fit "
              + file.getFileName()
              + " any more, which was changed since: apply it with git apply --3way, mend what has to"
              + " be, and write it anew with git diff",
          e);
    }
  }
}
