/*
 * WHAT THIS FILE IS
 *
 * A patch, as git diff writes it, to files of one folder. It is applied only if every line is where
 * the patch says. The programs patch and git would search nearby, and would hide that the patch and
 * the code drift apart.
 */
package kv.workshop;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import com.github.difflib.patch.PatchFailedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Applies patches. */
final class Patch {
  private Patch() {}

  /**
   * Applies a patch to the files in a folder that have the names of those in the patch.
   *
   * @throws IOException if one of them differs from the patch; the files before it are then changed
   */
  static void apply(Path patch, Path folder) throws IOException {
    // One part for each file.
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
              + ", which changed since: apply it with git apply --3way, resolve the conflicts, and write"
              + " it again with git diff",
          e);
    }
  }
}
