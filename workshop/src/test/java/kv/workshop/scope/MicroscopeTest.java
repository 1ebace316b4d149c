package kv.workshop.scope;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import kv.workshop.Project;
import kv.workshop.serve.Site;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The routes serve the stores of the list, and nothing else. */
@Timeout(120)
class MicroscopeTest {
  @TempDir private Path folder;

  private final HttpClient client = HttpClient.newHttpClient();
  private Site site;
  private String id;

  @BeforeEach
  void serve() throws Exception {
    site = new Site(0);
    new Microscope(Project.at(Path.of("..")), Optional.of(folder)).addTo(site);
    site.start();
    id = URLEncoder.encode(folder.toAbsolutePath().toString(), UTF_8);
  }

  @AfterEach
  void close() throws Exception {
    site.close();
  }

  private HttpResponse<String> get(String path) throws Exception {
    URI address = URI.create(site.address() + path);
    return client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofString());
  }

  private void put(String key, String value) throws Exception {
    try (var step3 = kv.step3.Store.open(folder)) {
      step3.put(key.getBytes(UTF_8), value.getBytes(UTF_8));
    }
  }

  @Test
  void theChosenStoreIsTheFirstOfTheList() throws Exception {
    put("os", "mac");
    HttpResponse<String> stores = get("api/stores");
    assertEquals(200, stores.statusCode());
    String path = folder.toAbsolutePath().toString().replace("\\", "\\\\");
    String first = "{\"stores\":[{\"id\":\"" + path + "\",\"title\":\"" + path + "\",\"steps\":";
    assertTrue(stores.body().startsWith(first + "[1,2,3,4],"), stores.body());
  }

  @Test
  void aLogFileIsReadAsTheStoreOfAnyOfItsSteps() throws Exception {
    put("os", "mac");
    String record = "api/record?store=" + id + "&file=store.data&at=8&step=";
    for (int step = 1; step <= 4; step++) {
      assertEquals(200, get(record + step).statusCode());
    }
    HttpResponse<String> refused = get(record + 5);
    assertEquals(400, refused.statusCode());
    assertTrue(refused.body().contains("are not those of that step"), refused.body());
  }

  @Test
  void aRecordIsServed() throws Exception {
    put("os", "mac");
    HttpResponse<String> record = get("api/record?store=" + id + "&file=store.data&at=8");
    assertEquals(200, record.statusCode());
    assertTrue(record.body().contains("\"state\":\"live\""), record.body());
  }

  @Test
  void aPutIsReportedToThePage() throws Exception {
    URI address = URI.create(site.address() + "api/live?store=" + id);
    var response =
        client.send(HttpRequest.newBuilder(address).build(), BodyHandlers.ofInputStream());
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(response.body(), UTF_8))) {
      assertEquals("event: report", lines.readLine());
      assertTrue(lines.readLine().endsWith("\"changes\":[]}"));
      put("os", "mac");
      String line = "";
      while (!line.contains("put os at offset 8 of store.data")) {
        line = lines.readLine();
      }
      assertTrue(line.startsWith("data: {\"report\":{\"seq\":"), line);
    }
  }

  @Test
  void noPathIsMadeOfARequest() throws Exception {
    put("os", "mac");
    String outside = URLEncoder.encode(folder.getParent().toAbsolutePath().toString(), UTF_8);
    for (String path :
        List.of(
            "api/record?store=" + outside + "&file=store.data&at=0",
            "api/record?store=..&file=store.data&at=0",
            "api/record?store=" + id + "&file=..%2Fstore.data&at=0",
            "api/record?store=" + id + "&file=LOCK&at=0",
            "api/record?store=" + id + "&file=store.data&at=999",
            "api/live?store=" + outside,
            "api/live?store=%2Fetc")) {
      HttpResponse<String> refused = get(path);
      assertEquals(404, refused.statusCode(), path);
      assertFalse(refused.body().contains("KVSTEPS"), path);
    }
    for (String path :
        List.of(
            "api/live",
            "api/record?store=" + id,
            "api/record?store=" + id + "&file=store.data&at=-1",
            "api/record?store=" + id + "&file=store.data&at=99999999999999999999")) {
      assertEquals(400, get(path).statusCode(), path);
    }
  }
}
