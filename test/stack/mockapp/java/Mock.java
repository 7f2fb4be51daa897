import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;

/**
 * The mock application in Java: the chain that a request took, as text. It passes no header on:
 * what reaches its upstream, an agent has brought there.
 */
public final class Mock {
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  private final String self;
  private final String upstream;
  private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

  private Mock() {
    self = "-> " + env("app", "app") + "(version: " + env("version", "v1") + ", ip: " + env("POD_IP", env("OTEL_POD_IP", "")) + ")";
    upstream = env("upstream_url", "");
  }

  private static String env(String name, String otherwise) {
    String value = System.getenv(name);
    return value == null || value.isEmpty() ? otherwise : value;
  }

  private void answer(HttpExchange exchange) throws IOException {
    int status = 200;
    String chain = "";
    if (!upstream.isEmpty()) {
      try {
        HttpResponse<String> got = client.send(HttpRequest.newBuilder(URI.create(upstream)).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
        status = got.statusCode();
        chain = status < 400 ? got.body() : " HTTP(" + status + ") " + got.body().strip();
      } catch (IOException e) {
        status = 502;
        chain = " ERR(" + e + ") ";
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        status = 502;
        chain = " ERR(" + e + ") ";
      }
    }
    byte[] body = (self + chain).getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
    exchange.sendResponseHeaders(status, body.length);
    try (var out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  public static void main(String[] args) throws IOException {
    HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(env("PORT", "8000"))), 1024);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", new Mock()::answer);
    server.start();
  }
}
