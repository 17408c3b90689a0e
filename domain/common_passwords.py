"""Words that passwords are made of so often that guessers try them first, above all in France.

A word stands here without accents, in lower case and without the digits and signs people put around it:
`passwords.py` takes these away before it looks, so that « Soleil2026! » is found under `soleil`.
"""

#: Keyboard walks and what is typed when nothing comes to mind.
_WALKS = """
1a2b3c 1a2b3c4d 1a2z3e 1a2z3e4r 1aqw2zsx 1aze2aze 1q2w3e 1q2w3e4r 1q2w3e4r5t 1qaz2wsx a1b2c3 a1b2c3d4 a1z2e3
a1z2e3r4 a1z2e3r4t5 aaa aaaa aaaaa aaaaaa aaaaaaaa aabbcc abc abcabc abcd abcde abcdef abcdefg abcdefgh
abcdefghij aqw aqwzsx aqwzsxedc asdf asdfasdf asdfgh asdfghjk asdfghjkl aze azeazeaze azeqsd azeqsdwxc azert
azerty azertyu azertyui azertyuiop edc mlkjhgfdsq p0o9i8u7 poiuytrewq poiuytreza q1w2e3 q1w2e3r4 q1w2e3r4t5
qaz qazwsx qazwsxedc qsdf qsdfgh qsdfghjk qsdfghjklm qwe qweasd qweasdzxc qweqwe qwert qwerty qwertyui
qwertyuiop qwertz qwertzuiop rfv w1x2c3v4 wsx wxcv wxcvbn xxx xyz zaq zxcv zxcvbn zxcvbnm zzz
"""

#: Words for the thing itself, and for the places it opens.
_ADMIN = """
acces access accueil achanger adherent adherente adm admin administrateur administrator agefos alternance
alternant amazon apple apprenti apprentie apprentissage argent backup banque bienvenue boulot bouygues
bureau cafe change changeme changemoi changezmoi clavier client cliente commercial compta comptabilite
comptable compte computer conges connecter connection connexion contrat default defaut demo directeur
direction directrice ecran emploi entreprise entrer espace essai facebook facture factures fafih formateur
formation formatrice fortnite free freebox gmail google guest hotmail identifiant instagram intergros
internet invite iphone laposte letmein linux livebox login logon master masterkey mdp metier microsoft
minecraft modifier moncompte monespace monmotdepasse mot motdepass motdepasse motpasse netflix nintendo
nokia nouveau nouvelle opca opco openup orange ordinateur ouvretoi ouvrir paiement pass passe passeport
passer passpass passwd password pause playstation pokemon portable provisoire retraite roblox root salaire
samsung sauvegarde secret secretaire secretariat secrete server serveur sesame sesameouvretoi sfr snapchat
societe sony souris stage stagiaire support system systeme temp tempo temporaire test teste tester testing
testtest tiktok toor topsecret travail twitter ubuntu user username users utilisateur vacances wanadoo
weekend welcome wifi windows yahoo youtube
"""

#: What people like, in French.
_FRENCH = """
abeille abricot aigle albator allezlom alsace ami amis amitie amour amours ananas ange angers anges
anniversaire aout asse asterix audi automne auvergne avignon avril baguette baleine banane barbapapa basket
bayonne bebe biarritz biere bisou bisous blanc bleu bmw bonbon bonbons bonheur bonjour bonsoir bordeaux
bourgogne brassens breizh brest bretagne camembert camion campagne canard candy cannelle cannes cantona
caramel casimir cerise champagne chance chasse chat chaton chatons chatte cheri cherie cheval chevalier
chevaux chien chienne chiens chocolat chouchou chouchoute choupette choupi choupinette choupinou ciel cinema
citroen citron clio coccinelle cochon coeur coeurs colombe copain copine coquelicot corsaire corse coucou
courage couture crepe crepes croissant cuisine danse danseuse dauphin dauphins decembre demon dessin diable
dieu dijon dimanche doudou doudoune dragon dragons ducati eclair egalite elephant enfant enfants enfer
espoir ete etoile etoiles famille faucon fee ferrari fevrier fille filles fils fleur fleurs foot football
foret fortune fraise framboise francais francaise france fraternite frere fromage garcon gascogne gaston
gateau girafe goldman goldorak grenoble grenouille griezmann guadeloupe guitare haddock halloween hallyday
handball harley havre henry hirondelle hiver honda idefix indochine janvier jardin jasmin jaune jesus
jetadore jetaime jeudi johnny joie joseph joyeuxnoel jtaime jtm judo juillet juin karate kawasaki kiki kikou
lapin lapine lapinou lapinous lavande lecture lens libellule liberte liberteegalitefraternite licorne lili
lille limoges lion lionne livre lola loli lolo lom loulou louloute loup louve lucky luke lulu lundi lune
lyon magie magique mai maison maman mami mamie mandarine mapuce mardi marguerite mariage marie mars
marseille martinique mavie mbappe megane mer mercedes merci mercredi mere mesamours messi metz milou mimi
mimie minette minou minouche momo monaco monamour monange moncoeur montagne montpellier moto motos muguet
musique nana nancy nantes natation neige neymar nice nini noel noir noisette nono normandie nounou nounours
nouvelan novembre nuage nutella obelix ocean octobre olympique omlom orage orchidee orleans ours panthere
papa papi papillon papillons papy paques paradis paris parispsg pastis patience peche peinture pepe pepette
pere perpignan petanque peugeot photo piano pipo pirate piscine plage platini pluie poire pomme poney
porsche poupee poupette poussin praline prince princesse printemps provence psg puce pucette reims reine
renaud renault rennes requin reunion ricard rintintin riviere roi ronaldo rose rosebud roses rouen rouge
rugby saintetienne salut samedi saucisson savoie schtroumpf septembre serpent snoopy soeur soeurette soleil
soleils sorciere sourire spirou strasbourg suzuki tahiti tamour tata tempete tennis terrasse theatre tigre
tintin titeuf titi titine titou tonnerre tortue toto toulon toulouse tournesol tours toutou tracteur tricot
tulipe tutu twingo vague vanille velo vendredi vent vert verts vin violet violette vodka voiture volkswagen
whisky yamaha zaza zidane zizou zorro zozo
"""

#: First names, the most given in France over three generations.
_NAMES = """
alain albert alexandra alexandre alexis alice aline amandine ambre amelie anais andre andrea angel angelique
anna anne annie antoine antonin arnaud arthur audrey aurelie aurelien axel axelle baptiste barbara bastien
beatrice benjamin benoit bernard bertrand brigitte bruno camille carla caroline catherine cecile cedric
celine chantal charlene charles charline charlotte chloe christelle christian christiane christine
christophe claire clara claude claudine clement clementine colette corentin corinne cyril damien daniel
danielle david deborah delphine denis denise didier dominique dylan edouard elea elena eliott elisa
elisabeth elise elodie eloise emeline emilie emma emmanuel emmanuelle enzo eric estelle ethan eva evelyne
fabien fabienne fabrice fanny fatima felix florence florian francis franck francois francoise frederic
frederique gabin gabriel gabrielle gael gaelle genevieve georges gerald gerard ghislaine gilbert gilles
ginette gregory guillaume guy hannah helene henri herve hugo ines irene isabelle jacqueline jacques jade
jean jeanine jeanne jennifer jeremie jeremy jerome jessica joel joelle johan jonathan jordan josephine
josette josiane jules julia julie julien juliette justine kevin killian laetitia laura laure laurence
laurent lea leo leon leonie liam lilou lina loic louis louise louna luc lucas lucie lucien ludovic lydie
mael maelle maeva magali manon marc marcel marianne marina marine marion martin martine mathieu mathilde
mathis matthieu maud maurice max maxence maxime melanie melissa mia michael michel michele mickael mohamed
monique morgan morgane mylene myriam nadege nadia nadine nathalie nathan nicolas nicole nina noa noah noe
noemie oceane odette odile olivia olivier pascal pascale patrice patricia patrick paul paulette pauline
philippe pierre quentin rachel raphael raymond regine regis remi remy renee richard robert robin roger
roland romain romane rosalie roxane sabine sabrina sacha salome samuel sandra sandrine sarah sebastien serge
severine simon simone solange solene sophie stephane stephanie suzanne sylvain sylvie tania theo theodore
thibault thibaut thierry thomas timeo tiphaine tom tristan valentin valentine valerie vanessa veronique
victoire victor victoria vincent virginie viviane william xavier yann yannick yasmine yohan yves yvette
yvonne zoe
"""

#: The world's favourites.
_ENGLISH = """
amanda america american andrew angels anthony anything april army arsenal ashley august autumn awesome baby
babygirl bailey bambi banana barcelona baseball basketball batman bear beatles beer beyonce black blessed
blue brasil business buster butterfly camaro cash charlie cheese chelsea cherry chocolate christ coffee
company cookie cool corvette cowboys daisy darthvader december diamond disney doctor dog dollar dolphin
donald eagle eagles earth elsa elvis eminem energy england espana everything faith falcon february fire
flower flowers freedom friday frozen fuck fuckyou game gamer games gandalf garfield ginger gold golden golf
goodbye green guitar happy heaven hello hellokitty helloworld hockey hope horse hot hunter ilove iloveu
iloveyou ironman italia jackson january jesuschrist joshua july june juventus killer king kitten kitty
lakers lemon liberty lightning liverpool london love lovely loveme lover lovers loveyou maggie magic
manchester march mario matrix matthew maverick merde merlin metal metallica michelle mickey minnie moana
molly monday money monkey music mustang mystery naruto nemo ninja nirvana nothing november october office
olaf p4ssw0rd p4ssword pa55w0rd pa55word passw0rd peace peaches pepper personal phoenix pikachu pink play
player police portugal power princess private puppy purple putain queen rainbow ranger realmadrid red
rihanna rock samurai sasuke school scooby secure security september shadow shit shrek silver simba skywalker
slipknot smile soccer soldier something sonic spiderman spring star stars starwars steelers storm strawberry
student summer sunday sunshine superman taylor teacher thunder tiger tigger trustme trustno trustnoone
warrior water whatever white winnie winter wizard wolf work yankees yellow zelda
"""

COMMON: frozenset[str] = frozenset(" ".join((_WALKS, _ADMIN, _FRENCH, _NAMES, _ENGLISH)).split())
