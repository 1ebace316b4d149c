package kv.workshop.serve;

import java.util.List;

/**
 * The microscope: a store's files as strips of records, while another process uses the store. The
 * page is empty until its scripts fill it: {@code microscope.js} first.
 */
public final class MicroscopePage {
  /** The assets of the page, in addition to those of every page. */
  static final List<String> ASSETS =
      List.of(
          "segments.css",
          "microscope.css",
          "microscope.js",
          "api.js",
          "log-view.js",
          "record-view.js",
          "time-view.js",
          "what-if-view.js",
          "segments.js");

  private static final String MAIN =
      """
      <div class="scope-top">
      <h1>Microscope</h1>
      <label>Look at <select id="store"></select></label>
      <label id="reader" hidden>read as the store of <select id="as"></select></label>
      <p id="totals" class="quiet"></p>
      </div>
      <noscript><p>The microscope needs JavaScript.</p></noscript>

      <section aria-labelledby="log-name" class="card" id="log">
      <div class="row time">
      <h2 id="log-name">The log</h2>
      <div role="group" aria-label="Time">
      <button id="back" type="button">Previous</button>
      <button id="pause" type="button">Pause</button>
      <button id="forward" type="button">Next</button>
      </div>
      <ol id="calls" aria-label="Calls" hidden></ol>
      <input id="moment" type="range" min="0" max="0" value="0" aria-label="Moment">
      <span id="age"></span>
      <span id="status" role="status">loading</span>
      </div>
      <figure id="all" hidden>
      <div class="segments" role="img" aria-label="All files"><div class="run"><span></span></div></div>
      <figcaption><label>Show six files from <select id="from"></select></label></figcaption>
      </figure>
      <div id="view" class="view">
      <div class="stage">
      <div id="keydir" role="toolbar" aria-label="Keydir"></div>
      <div id="plot" class="segments"><div class="run"><span></span></div></div>
      <svg id="arrows" aria-hidden="true"></svg>
      </div>
      </div>
      <div class="row zoom">
      <div role="group" aria-label="Scale">
      <button id="out" type="button" aria-label="Smaller">−</button>
      <button id="in" type="button" aria-label="Larger">+</button>
      </div>
      <span id="beside" class="quiet"></span>
      <ul class="legend" aria-label="Kinds of records">
      <li><i class="part live"></i>live</li>
      <li><i class="part dead"></i>dead</li>
      <li><i class="part tombstone"></i>tombstone</li>
      <li><i class="part zeros"></i>reserved</li>
      <li><i class="part damage"></i>damaged</li>
      <li><i class="flag"></i>sync mark</li>
      <li><i class="durable"></i>durable up to here</li>
      </ul>
      </div>
      </section>

      <section aria-labelledby="record-name" class="card" id="record">
      <div class="row">
      <h2 id="record-name">A record</h2>
      <p id="record-text" class="quiet"></p>
      </div>
      <div id="fields"></div>
      <p id="byte" role="status"></p>
      </section>

      <div class="below">
      <section aria-labelledby="what-if-name" class="card" id="what-if">
      <h2 id="what-if-name">What if</h2>
      <p class="quiet" id="place"></p>
      <div id="actions"></div>
      <label class="follow"><input type="checkbox" id="follow"> Ask again for each byte that I go
      to</label>
      <div id="verdict" role="status"></div>
      </section>
      <section aria-labelledby="events-name" class="card">
      <h2 id="events-name">What happened</h2>
      <div id="events" role="log" aria-live="polite" aria-labelledby="events-name" tabindex="0"></div>
      </section>
      </div>
      """;

  private MicroscopePage() {}

  /** Adds the page to a site. */
  static void addTo(Site site) {
    site.get("/microscope", request -> request.html(html(Links.LIVE)));
  }

  /** Returns the page. An exported one shows the recorded examples only. */
  static String html(Links links) {
    Page page = new Page(links, "microscope", "Microscope").wide().script("microscope.js");
    ASSETS.stream().filter(name -> name.endsWith(".css")).forEach(page::style);
    return page.html(MAIN);
  }
}
