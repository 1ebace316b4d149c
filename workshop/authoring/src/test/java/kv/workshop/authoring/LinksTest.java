package kv.workshop.authoring;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import kv.workshop.BadUsage;
import kv.workshop.authoring.Markdown.Block;
import kv.workshop.authoring.Markdown.Kind;
import kv.workshop.authoring.Texts.Found;
import kv.workshop.authoring.Texts.Text;
import org.junit.jupiter.api.Test;

/** Every link leads somewhere. Links into the network are parsed, but not followed. */
class LinksTest {
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)]*)\\)");

  private static List<String> broken(Text text) throws IOException, BadUsage {
    List<String> broken = new ArrayList<>();
    for (Block block : text.prose()) {
      for (Found link : Texts.findOutsideOfCode(LINK, block)) {
        if (!leadsSomewhere(link.text(), text)) {
          broken.add(text.complaint(link.line(), "there is nothing at " + link.text()));
        }
      }
    }
    return broken;
  }

  private static boolean leadsSomewhere(String link, Text from) throws IOException, BadUsage {
    if (link.matches("https?:.*")) {
      return URI.create(link).getHost() != null;
    }
    String file = link.replaceFirst("#.*", "");
    String anchor = link.contains("#") ? link.replaceFirst(".*#", "") : null;
    Path target = Texts.ROOT.resolve(from.name()).resolveSibling(file);
    if (file.isEmpty()) {
      return anchor != null && anchors(from).contains(anchor);
    }
    return Files.exists(target) && (anchor == null || anchors(target).contains(anchor));
  }

  private static List<String> anchors(Path file) throws IOException, BadUsage {
    return anchors(new Text(file.toString(), Files.readString(file)));
  }

  /** The anchors that GitHub gives to the headings of a text. */
  private static List<String> anchors(Text text) throws BadUsage {
    List<String> anchors = new ArrayList<>();
    for (Block block : text.blocks()) {
      if (block.kind() == Kind.HEADING) {
        String slug =
            block
                .lines()
                .get(0)
                .replaceFirst("#+ +", "")
                .strip()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N}_ -]", "")
                .replace(' ', '-');
        long same = anchors.stream().filter(known -> known.matches(slug + "(-[0-9]+)?")).count();
        anchors.add(same == 0 ? slug : slug + "-" + same);
      }
    }
    return anchors;
  }

  @Test
  void everyLinkLeadsSomewhere() throws Exception {
    List<String> broken = new ArrayList<>();
    for (Text text : Texts.all()) {
      broken.addAll(broken(text));
    }
    assertEquals("", String.join("\n", broken));
  }

  private static int brokenIn(String markdown) throws Exception {
    return broken(new Text("workshop/T.md", markdown)).size();
  }

  @Test
  void aFileIsLookedForFromTheTextsOwnFolder() throws Exception {
    assertEquals(0, brokenIn("See [the tools](pom.xml) and [all](../pom.xml).\n"));
    assertEquals(1, brokenIn("See [the tools](workshop/pom.xml) and [all](../pom.xml).\n"));
  }

  @Test
  void anAnchorIsAHeading() throws Exception {
    String headings = "# A `Store`, opened: twice!\n\n## Question\n\n## Question\n\n";
    assertEquals(0, brokenIn(headings + "[a](#a-store-opened-twice) [b](#question-1)\n"));
    assertEquals(2, brokenIn(headings + "[a](#a-store) [b](#question-2)\n"));
  }

  @Test
  void anAnchorInAnotherFileIsAHeadingThere() throws Exception {
    assertEquals(0, brokenIn("[words](../README.md#learn)\n"));
    assertEquals(1, brokenIn("[words](../README.md#lean)\n"));
  }

  @Test
  void aLinkIntoTheNetworkHasAHost() throws Exception {
    assertEquals(0, brokenIn("[the paper](https://riak.com/assets/bitcask-intro.pdf)\n"));
    assertEquals(1, brokenIn("[the paper](https:/riak.com)\n"));
  }

  @Test
  void codeIsNotALink() throws Exception {
    assertEquals(0, brokenIn("`files[0](nothing)`\n\n```text\n[a](nothing)\n```\n"));
  }
}
