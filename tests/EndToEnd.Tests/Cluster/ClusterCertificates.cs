using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ChatLoop.EndToEnd.Tests.Cluster;

/// <summary>An authority and the certificates that it signs, as files in a folder that is deleted with the object.</summary>
public sealed class ClusterCertificates : IDisposable
{
    private static readonly OidCollection ServesAndCalls = [new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")];

    private readonly string _folder = Directory.CreateTempSubdirectory("chatloop-tls-").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;

    public ClusterCertificates()
    {
        var request = new CertificateRequest("CN=Test authority", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-30), DateTimeOffset.UtcNow.AddDays(30));
        File.WriteAllText(Authority, _authority.ExportCertificatePem());
    }

    public string Authority => Path.Combine(_folder, "authority.pem");

    /// <summary>The settings of a program that belongs to the cluster.</summary>
    public (string, string)[] Settings(string name) => [("Cluster:Tls:Certificate", Pfx(name)), ("Cluster:Tls:Authority", Authority)];

    public string Pfx(string name, string? password = null, int days = 7)
    {
        var path = Path.Combine(_folder, $"{name}.pfx");
        using var certificate = Sign(name, days);
        File.WriteAllBytes(path, certificate.Export(X509ContentType.Pkcs12, password));
        return path;
    }

    /// <returns>Certificate and key.</returns>
    public (string Certificate, string Key) Pem(string name)
    {
        var path = Path.Combine(_folder, $"{name}.pem");
        using var certificate = Sign(name, days: 7);
        File.WriteAllText(path, certificate.ExportCertificatePem());
        File.WriteAllText($"{path}.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return (path, $"{path}.key");
    }

    private X509Certificate2 Sign(string name, int days)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension(ServesAndCalls, critical: false));
        var until = DateTimeOffset.UtcNow.AddDays(days);
        using var signed = request.Create(_authority, until.AddDays(-8), until, RandomNumberGenerator.GetBytes(8));
        return signed.CopyWithPrivateKey(key);
    }

    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
